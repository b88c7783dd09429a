import type { AuthTokens } from '../instances/auth-tokens.ts'
import { utc } from '../text/utc.ts'

/** The part of `cf service --params` about a rotation that has not been ended; nothing of one that has. */
export function shownRotation({ previous, rotatedAt }: AuthTokens) {
  return previous && rotatedAt ? { credentialsRotation: { rotatedAt, oldCredentials: 'still work' } } : {}
}

/** Where a rotation stands, in a sentence for users. */
export function rotationSentence({ previous, rotatedAt, ended = [] }: AuthTokens): string | undefined {
  if (!previous || !rotatedAt) return undefined
  const older = ended.length > 0 ? ', any older ones do not' : ''
  return `The last credentials from before ${utc(rotatedAt)} still work${older}: once all apps and keys have new ones, end them with -c '{"retireOldCredentials": true}'.`
}
