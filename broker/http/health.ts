import { Hono } from 'hono'
import { version } from '../model/version.ts'

/** Milliseconds that the database gets to answer. */
const databaseTimeout = 5000

/**
 * For load balancers, without a login, to be mounted at `/health`: 200 when the broker can take requests, 503 when
 * its database does not answer, or when it is stopping. A pause of new operations is no reason to send requests
 * elsewhere: it is told, and holds for all.
 * @param isPaused asks the database
 */
export function healthApp(isPaused: () => Promise<boolean>, isStopping: () => boolean): Hono {
  return new Hono().get('/', async (c) => {
    if (isStopping()) return c.json({ status: 'stopping', version }, 503)
    const paused = await Promise.race([
      isPaused().catch(() => undefined),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), databaseTimeout).unref()),
    ])
    if (paused === undefined) return c.json({ status: 'database does not answer', version }, 503)
    return c.json({ status: 'ok', version, paused })
  })
}
