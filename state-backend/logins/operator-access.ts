import { isLogin, type Login } from './logins.ts'

/** The rights of a login, or of an attempt's credentials, to a state: `write` includes reading. */
export type Access = 'read' | 'write'

/**
 * The access that a login gives an operator; undefined when it is none of an operator. What it opens, it opens of
 * every stack. It has to compare in constant time.
 */
export type OperatorAccess = (
  username: string,
  password: string,
) => Access | undefined | Promise<Access | undefined>

/** One login that may write and one that may only read; undefined where there is none. */
export interface OperatorLogins {
  operator: Login | undefined
  reader: Login | undefined
}

export function operatorAccessOf({ operator, reader }: OperatorLogins): OperatorAccess {
  return function operatorAccess(username, password) {
    if (operator && isLogin(operator, username, password)) return 'write'
    return reader && isLogin(reader, username, password) ? 'read' : undefined
  }
}
