import type { MiddlewareHandler } from 'hono'
import { OsbError } from './errors.ts'

/** Every request says which version of the API it speaks; any 2.x will do. */
export const apiVersion: MiddlewareHandler = async function apiVersion(c, next) {
  const version = c.req.header('X-Broker-API-Version')
  if (version === undefined) {
    throw new OsbError('versionMissing')
  }
  if (!/^2\.\d+$/.test(version.trim())) {
    throw new OsbError('versionUnsupported')
  }
  await next()
}
