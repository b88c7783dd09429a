import type { MiddlewareHandler } from 'hono'
import { isLoopback } from '../../state-backend/logins/logins.ts'
import type { Log } from '../logging/log.ts'
import type { Settings } from '../settings/settings.ts'

/**
 * Keeps out what a web page can have its reader's browser send here. A browser adds a login that it knows to whatever
 * any page asks of this address; and a page whose own name has come to mean a loopback address (DNS rebinding) can
 * try the announced logins and read the answers. Programs send none of these headers but `Host`.
 */
export function refusePages(
  { HOST, STATE_URL, TRUSTED_PROXIES }: Settings,
  log: Pick<Log, 'warn'>,
): MiddlewareHandler {
  // A proxy passes on names of others' choice, and has looked at them.
  const anyHost = !isLoopback(HOST) || TRUSTED_PROXIES > 0
  const ownHost = STATE_URL && new URL(STATE_URL).hostname

  return async function refusePages(c, next) {
    const host = c.req.header('Host')
    const name = host && hostname(host)
    if (name && !anyHost && !isLoopback(name) && name !== ownHost) {
      log.warn({ method: c.req.method, path: c.req.path, host }, 'refused: a name that is not of loopback')
      const advice = 'Use http://127.0.0.1, or set TRUSTED_PROXIES where a proxy sends this.'
      return c.text(`The broker listens on loopback only and is not called ${host}. ${advice}\n`, 403)
    }
    const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
    if (!isSafe && isFromElsewhere(c.req.header('Sec-Fetch-Site'), c.req.header('Origin'), host)) {
      log.warn({ method: c.req.method, path: c.req.path, host }, 'refused: from a page of another site')
      return c.text('Refused: the request comes from a page of another site.\n', 403)
    }
    await next()
  }
}

function isFromElsewhere(site: string | undefined, origin: string | undefined, host: string | undefined) {
  if (site !== undefined && !['same-origin', 'none'].includes(site)) return true
  // Such as `null`, of a page without an origin.
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}

function hostname(host: string): string {
  const url = `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : host
}
