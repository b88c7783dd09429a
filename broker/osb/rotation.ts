import type { AuthTokens } from '../instances/auth-tokens.ts'

/** What `cf service --params` shows of a rotation that has not been ended; nothing of one that has. */
export function shownRotation({ previous, rotatedAt }: AuthTokens) {
  return previous && rotatedAt ? { credentialsRotation: { rotatedAt, oldCredentials: 'still work' } } : {}
}

/** Where a rotation stands, in a sentence for users. */
export function rotationSentence({ previous, rotatedAt }: AuthTokens): string | undefined {
  if (!previous || !rotatedAt) return undefined
  return `The credentials from before ${rotatedAt.slice(0, 16).replace('T', ' ')} UTC still work: once all apps and keys have new ones, end them with -c '{"retireOldCredentials": true}'.`
}
