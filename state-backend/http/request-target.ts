import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'

/**
 * The path of a request as it was sent, for `getPath` of Hono: nothing of it is decoded or resolved, so that each path
 * has one spelling, the one that a proxy in front sees too. Behind no server, as in tests of an app, it is that of the
 * URL.
 */
export function sentPath(request: Request, { env }: { env?: unknown } = {}): string {
  const target = (env as Partial<HttpBindings> | undefined)?.incoming?.url
  return target === undefined ? new URL(request.url).pathname : target.replace(/\?.*$/s, '')
}

/**
 * Refuses requests whose path may mean another one to who reads it. To be put before all else, in an app that routes
 * by `sentPath`.
 */
export function refuseAmbiguous(
  refuse: (c: Context, path: string, reason: string) => Response,
): MiddlewareHandler {
  return async function refuseAmbiguous(c, next) {
    const path = sentPath(c.req.raw, c)
    const reason = ambiguity(path, c.req.raw.url)
    return reason === undefined ? next() : refuse(c, path, reason)
  }
}

/** What is wrong with a path, in a sentence. @param url what was made of the request */
function ambiguity(path: string, url: string): string | undefined {
  for (const segment of path.split('/')) {
    const decoded = decode(segment)
    if (decoded === undefined)
      return 'The path holds an escape that is no UTF-8. Encode ids as UTF-8, with %.'
    if (decoded === '.' || decoded === '..') return `No part of a path, and no id in it, may be "${decoded}".`
  }
  if (new URL(url).pathname === path) return undefined
  return 'The path holds characters that must be encoded with %, or does not begin with a slash.'
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
