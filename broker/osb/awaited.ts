import type { MiddlewareHandler } from 'hono'

declare module 'hono' {
  interface ContextVariableMap {
    /** Whether the platform still waits for the answer, to be asked just before something is made for it. */
    isAwaited: () => boolean
  }
}

/** Milliseconds from its arrival in which a request can be accepted: Cloud Controller waits for 60 seconds. */
const longestMs = 45_000

/**
 * A platform that has given up deletes what it had asked for, and is told that there is nothing. Whatever was made
 * after that would be nobody's.
 */
export const awaited: MiddlewareHandler = (c, next) => {
  const [monotonic, clock] = [performance.now(), Date.now()]
  // The one stops while a machine is suspended, the other one may be set.
  const passed = () => Math.max(performance.now() - monotonic, Date.now() - clock)
  c.set('isAwaited', () => !c.req.raw.signal.aborted && passed() < longestMs)
  return next()
}
