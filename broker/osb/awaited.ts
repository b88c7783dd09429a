import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'

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
  c.set('isAwaited', () => !hasGone(c) && passed() < longestMs)
  return next()
}

/** By the connection: the server makes a whole Request for whoever asks for its signal, at each binding. */
function hasGone(c: Context): boolean {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  return outgoing ? outgoing.destroyed : c.req.raw.signal.aborted
}
