import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import type { Access, Operators } from '../../state-backend/index.ts'
import type { Credentials, Settings } from '../settings.ts'
import { refuse } from './requests.ts'

/** What a login of operators opens. */
export function accessOf({ operator, reader }: Pick<Settings, 'operator' | 'reader'>) {
  return function access(username: string, password: string): Access | undefined {
    const given = { username, password }
    if (operator && isSame(given, operator)) return 'write'
    return reader && isSame(given, reader) ? 'read' : undefined
  } satisfies Operators
}

interface Signed {
  Variables: { access: Access | undefined }
}

/** Lets operators in, by HTTP basic authentication. */
export function signIn(access: ReturnType<typeof accessOf>): MiddlewareHandler<Signed> {
  return basicAuth({
    realm: 'broker operators',
    invalidUserMessage: { error: 'Unauthorized' },
    verifyUser(username, password, c) {
      c.set('access', access(username, password))
      return c.get('access') !== undefined
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

function isSame(given: Credentials, known: Credentials): boolean {
  const digest = ({ username, password }: Credentials) =>
    createHash('sha256')
      .update(JSON.stringify([username, password]))
      .digest()
  return timingSafeEqual(digest(given), digest(known))
}
