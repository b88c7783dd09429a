import { createHash, timingSafeEqual } from 'node:crypto'
import type { Access, Credentials } from './grants.ts'

/**
 * Knows the operators' own credentials, which open every stack. Given by the program around the state backend.
 * It has to compare in constant time.
 */
export type Operators = (
  username: string,
  password: string,
) => Access | undefined | Promise<Access | undefined>

/** One login that may write and one that may only read; undefined where there is none. */
export interface OperatorLogins {
  operator: Credentials | undefined
  reader: Credentials | undefined
}

export function operatorsOf({ operator, reader }: OperatorLogins): Operators {
  return function operators(username, password) {
    const given = { username, password }
    if (operator && isSame(given, operator)) return 'write'
    return reader && isSame(given, reader) ? 'read' : undefined
  }
}

/** Compares in a time that tells nothing of the secret, not even its length. */
function isSame(given: Credentials, known: Credentials): boolean {
  const digest = ({ username, password }: Credentials) =>
    createHash('sha256')
      .update(JSON.stringify([username, password]))
      .digest()
  return timingSafeEqual(digest(given), digest(known))
}
