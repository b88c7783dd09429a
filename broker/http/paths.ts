import type { Context, MiddlewareHandler, NotFoundHandler } from 'hono'
import { refuseAmbiguous, sentPath } from '../../state-backend/http/request-target.ts'
import type { Log } from '../logging/log.ts'

/**
 * The path of a request to the platform's part, as it is meant: with a slash at the end of the broker's URL a platform
 * asks for `//v2/catalog`. Slashes in the middle stay, where an empty id stands between them. What only operators use
 * stays as it was sent: a proxy may keep others away from it by how it begins.
 */
export function normalizedPath(...request: Parameters<typeof sentPath>): string {
  const path = sentPath(...request)
  if (!/^\/+(v2|health)(\/|$)/.test(path)) return path
  return path.replace(/^\/+/, '/').replace(/\/+$/, '')
}

/** The path as it was asked for, when it is another one than what is meant. */
export function otherPath(c: Context): string | undefined {
  const path = sentPath(c.req.raw, c)
  return path === c.req.path ? undefined : path
}

/** Refuses and logs paths that a proxy, or this program, may take for another one. To be put before all else. */
export function refusePaths(log: Log): MiddlewareHandler {
  return refuseAmbiguous((c, path, reason) => {
    log.info({ method: c.req.method, path, status: 400, reason }, 'request')
    return c.json(path.startsWith('/operator/') ? { error: reason } : { description: reason }, 400)
  })
}

/** Answers what no part of the broker knows, and logs it: somebody has a wrong address. */
export function nothingHere(log: Log): NotFoundHandler {
  return (c) => {
    log.info({ method: c.req.method, path: c.req.path, status: 404 }, 'request')
    const description =
      'There is nothing at this path. The Open Service Broker API is at /v2, below the URL of the broker.'
    return c.json({ description }, 404)
  }
}
