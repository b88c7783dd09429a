import type { MiddlewareHandler } from 'hono'

/** Keeps answers out of the caches of proxies and clients. */
export const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('Cache-Control', 'no-store')
}
