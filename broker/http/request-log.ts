import type { MiddlewareHandler } from 'hono'
import type { Log } from '../logging/log.ts'
import { startOf } from '../text/shorten.ts'
import { otherPath } from './paths.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Adds to each line which request it is about. */
    log: Log
  }
}

const requestIdentity = 'X-Broker-API-Request-Identity'

/**
 * One line a request of a platform or an operator, never with its body or credentials. The platform's identity of
 * it is echoed. Behind `refusePaths`, which lets in what can be decoded, and `requestId()` of Hono.
 */
export function requestLog(log: Log): MiddlewareHandler {
  return async function requestLog(c, next) {
    const begin = performance.now()
    const identity = c.req.header(requestIdentity)
    const ofRequest = log.child({
      method: c.req.method,
      path: c.req.path,
      askedFor: otherPath(c),
      // Cloud Controller's own, where it is given: the one that its log has too.
      requestId: c.req.header('X-VCAP-Request-ID') ?? c.get('requestId'),
      requestIdentity: identity,
      originatingIdentity: originatingIdentity(c.req.header('X-Broker-API-Originating-Identity')),
      instance: instanceOf(c.req.path),
    })
    c.set('log', ofRequest)
    await next()
    // After the answer is made, so that no kind of answer goes without it: errors and 304 are made anew.
    if (identity) c.res.headers.set(requestIdentity, identity)
    c.get('log').info(
      { status: c.res.status, milliseconds: Math.round(performance.now() - begin) },
      'request',
    )
  }
}

/** The id as the platform means it and operations log it; operators may give a name. */
function instanceOf(path: string): string | undefined {
  const encoded = path.match(/\/(?:service_)?instances\/([^/]+)/)?.[1]
  return encoded && decodeURIComponent(encoded)
}

/** `<platform> <base64 of a JSON object>`; anything else is logged as it is, cut short. */
function originatingIdentity(header: string | undefined): unknown {
  if (!header) return undefined
  const [platform, encoded] = header.split(' ', 2)
  try {
    const user: unknown = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString())
    // The platform last: the object is anybody's and may hold one of its own.
    if (typeof user === 'object' && user && !Array.isArray(user)) return { ...user, platform }
  } catch {}
  return startOf(header, 200)
}
