import type { MiddlewareHandler } from 'hono'
import { auth } from 'hono/utils/basic-auth'
import { StateBackendError } from './errors.ts'
import { attemptOf, type Caller } from './grants.ts'
import type { OperatorAccess } from './logins/operator-access.ts'
import { requireStackName } from './stacks.ts'
import type { Store } from './store.ts'

export interface Authenticated {
  Variables: { caller: Caller }
}

/** Lets in whom the credentials of the request (HTTP basic authentication) open the stack of the path to. */
export function access(store: Store, operatorAccess: OperatorAccess): MiddlewareHandler<Authenticated> {
  return async function access(c, next) {
    const stack = requireStackName(c.req.param('stack') ?? '')
    const credentials = auth(c.req.raw)
    const caller = credentials && (await callerOf(credentials, stack))
    if (!caller)
      throw new StateBackendError('unauthenticated', 'These credentials are not known, or missing.')
    if (caller.access !== 'write' && c.req.method !== 'GET') {
      throw new StateBackendError('forbidden', `${caller.name} may read only (plan needs -lock=false).`)
    }
    c.set('caller', caller)
    await next()
  }

  async function callerOf(
    credentials: { username: string; password: string },
    stack: string,
  ): Promise<Caller | undefined> {
    const operator = await operatorAccess(credentials.username, credentials.password)
    if (operator) return { name: `operator ${credentials.username}`, access: operator }
    return attemptOf(store, credentials, stack)
  }
}
