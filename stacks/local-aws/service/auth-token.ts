import { createHash } from 'node:crypto'
import { Fault } from './faults.ts'

const FORMAT = /^[A-Za-z0-9!&#$^<>-]{16,128}$/

/** What the records and Redis keep of a token: its SHA-256 in hexadecimal, the form of Redis' own ACL. */
export function hashAuthToken(token: string): string {
  if (!FORMAT.test(token)) {
    throw new Fault(
      'InvalidParameterValue',
      'Invalid AuthToken provided: it must have 16 to 128 letters, digits or any of ! & # $ ^ < > -',
    )
  }
  return createHash('sha256').update(token).digest('hex')
}

/**
 * The valid hashes after an update, newest first. ROTATE keeps the newest old token beside the new one; SET
 * leaves the given one only.
 */
export function updatedAuthTokens(hashes: string[], token: string, strategy: 'ROTATE' | 'SET'): string[] {
  const hash = hashAuthToken(token)
  if (strategy === 'SET') return [hash]
  return [hash, ...hashes.filter((old) => old !== hash)].slice(0, 2)
}
