import type { MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import type { Access, OperatorAccess } from '../../state-backend/logins/operator-access.ts'
import { refuse } from './requests.ts'

interface Signed {
  Variables: { access: Access | undefined }
}

/** Lets operators in, by HTTP basic authentication, and names them in the log. */
export function signIn(operatorAccess: OperatorAccess): MiddlewareHandler<Signed> {
  return basicAuth({
    realm: 'broker operators',
    invalidUserMessage: { error: 'Unauthorized' },
    async verifyUser(username, password, c) {
      c.set('access', await operatorAccess(username, password))
      if (c.get('access') === undefined) return false
      c.set('log', c.get('log').child({ operator: username }))
      return true
    },
  })
}

/**
 * Bodies are JSON and say so: a page can have a browser send anything else here without asking first. A request
 * without a body needs no type.
 */
export const jsonOnly: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('Content-Type')
  const hasBody =
    type !== undefined || c.req.header('Transfer-Encoding') || (c.req.header('Content-Length') ?? '0') !== '0'
  const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type)
  if (hasBody && !isJson && c.req.method !== 'GET') {
    refuse(415, 'Send the body as JSON, with Content-Type: application/json.')
  }
  await next()
}

/** Refuses everything but GET to those who may only look. */
export const lookOnly: MiddlewareHandler<Signed> = async (c, next) => {
  if (c.get('access') !== 'write' && c.req.method !== 'GET') refuse(403, 'This login may only look.')
  await next()
}

/** Refuses whole states, which hold passwords, to those who may only look. */
export const writersOnly: MiddlewareHandler<Signed> = async (c, next) => {
  if (c.get('access') !== 'write') refuse(403, 'This login may not print whole states.')
  await next()
}
