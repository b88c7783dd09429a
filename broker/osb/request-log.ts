import type { MiddlewareHandler } from 'hono'
import type { Log } from '../log.ts'

const requestIdentity = 'X-Broker-API-Request-Identity'

/** One line a request, never with its body or credentials. The platform's identity of it is echoed. */
export function requestLog(log: Log): MiddlewareHandler {
  return async function requestLog(c, next) {
    const begin = performance.now()
    const identity = c.req.header(requestIdentity)
    await next()
    // After the answer is made, so that no kind of answer goes without it: errors and 304 are made anew.
    if (identity) c.header(requestIdentity, identity)
    log.info(
      {
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        milliseconds: Math.round(performance.now() - begin),
        // Cloud Controller's own, where it is given: the one that its log has too.
        requestId: c.req.header('X-VCAP-Request-ID') ?? c.get('requestId'),
        requestIdentity: identity,
        originatingIdentity: originatingIdentity(c.req.header('X-Broker-API-Originating-Identity')),
        instance: c.req.path.match(/\/service_instances\/([^/]+)/)?.[1],
      },
      'request',
    )
  }
}

/** `<platform> <base64 of a JSON object>`; anything else is logged as it is, cut short. */
function originatingIdentity(header: string | undefined): unknown {
  if (!header) return undefined
  const [platform, encoded] = header.split(' ', 2)
  try {
    return { platform, ...JSON.parse(Buffer.from(encoded ?? '', 'base64').toString()) }
  } catch {
    return header.slice(0, 200)
  }
}
