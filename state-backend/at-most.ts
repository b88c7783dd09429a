import type { MiddlewareHandler } from 'hono'
import { StateBackendError } from './errors.ts'

/** Refuses a request while `limit` others are being served. Waiting ones would hold a whole state each. */
export function atMost(limit: number): MiddlewareHandler {
  let served = 0
  return async function atMost(_c, next) {
    if (served >= limit) throw new StateBackendError('busy', `More than ${limit} requests at once.`)
    served++
    try {
      await next()
    } finally {
      served--
    }
  }
}
