import { createHash } from 'node:crypto'
import { Fault } from './faults.ts'

const FORMAT = /^[A-Za-z0-9!&#$^<>-]{16,128}$/

/**
 * Stands beside the first token that was rotated into a group without one: on AWS, connections without a token
 * go on until SET. Redis can't offer both, so here those that are open stay, and new ones need the token.
 */
export const NO_TOKEN = ''

/** The form of a token in the records and in Redis: its SHA-256 in hexadecimal, the form of Redis' own ACL. */
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
 * The valid hashes after ROTATE: the new token and the newest before it. AWS does not say what becomes of a token
 * that is valid already; it is refused, so that nobody comes to depend on an answer that AWS may not give.
 */
export function rotateAuthToken(valid: string[], token: string): string[] {
  const hash = hashAuthToken(token)
  if (valid.includes(hash)) {
    throw new Fault(
      'InvalidParameterValue',
      'Invalid AuthToken provided: ROTATE needs a token that the replication group does not have yet.',
    )
  }
  const [newest = NO_TOKEN] = valid
  return [hash, newest]
}

/** The valid hashes after SET, which AWS allows to end a ROTATE, with the token of that ROTATE. */
export function setAuthToken(valid: string[], token: string): string[] {
  const hash = hashAuthToken(token)
  if (valid.length < 2) {
    throw new Fault(
      'InvalidParameterCombination',
      'The AuthToken update strategy SET is allowed only after ROTATE.',
    )
  }
  if (valid[0] !== hash) {
    throw new Fault(
      'InvalidParameterValue',
      'Invalid AuthToken provided: SET needs the token of the last ROTATE.',
    )
  }
  return [hash]
}
