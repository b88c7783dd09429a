import type { Access } from '../grants.ts'
import { isLogin, type Login } from './logins.ts'

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
  operator: Login | undefined
  reader: Login | undefined
}

export function operatorsOf({ operator, reader }: OperatorLogins): Operators {
  return function operators(username, password) {
    if (operator && isLogin(operator, username, password)) return 'write'
    return reader && isLogin(reader, username, password) ? 'read' : undefined
  }
}
