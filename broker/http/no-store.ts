import type { MiddlewareHandler } from 'hono'

/** Keeps answers out of the caches of proxies and clients. */
export const noStore: MiddlewareHandler = async (c, next) => {
  // Before the answer is made: one that is made is copied to get another header.
  c.header('Cache-Control', 'no-store')
  await next()
}
