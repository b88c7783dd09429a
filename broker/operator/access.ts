import type { MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import type { Access, Operators } from '../../state-backend/index.ts'
import { refuse } from './requests.ts'

interface Signed {
  Variables: { access: Access | undefined }
}

/** Lets operators in, by HTTP basic authentication, and names them in the log. */
export function signIn(operators: Operators): MiddlewareHandler<Signed> {
  return basicAuth({
    realm: 'broker operators',
    invalidUserMessage: { error: 'Unauthorized' },
    async verifyUser(username, password, c) {
      c.set('access', await operators(username, password))
      if (c.get('access') === undefined) return false
      c.set('log', c.get('log').child({ operator: username }))
      return true
    },
  })
}

/** Who may only look can do nothing but GET. */
export const lookOnly: MiddlewareHandler<Signed> = async (c, next) => {
  if (c.get('access') !== 'write' && c.req.method !== 'GET') refuse(403, 'This login may only look.')
  await next()
}

/** For what shows whole states, with the passwords in them. */
export const writersOnly: MiddlewareHandler<Signed> = async (c, next) => {
  if (c.get('access') !== 'write') refuse(403, 'This login may not print whole states.')
  await next()
}
