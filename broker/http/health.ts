import { Hono } from 'hono'
import type { Pause } from '../instances/pause.ts'
import { version } from '../model/version.ts'

/** Milliseconds that the database gets to answer. */
const patience = 5000

/**
 * For load balancers, without a login, to be mounted at `/health`: 200 when the broker can take requests, 503 when
 * its database does not answer, or when it is stopping. A pause of new operations is no reason to send requests
 * elsewhere: it is told, and holds for all.
 */
export function healthApp(pause: Pick<Pause, 'current'>, isStopping: () => boolean): Hono {
  return new Hono().get('/', async (c) => {
    if (isStopping()) return c.json({ status: 'stopping', version }, 503)
    const answer = await Promise.race([
      pause.current().then(
        (current) => ({ current }),
        () => undefined,
      ),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patience).unref()),
    ])
    if (!answer) return c.json({ status: 'database does not answer', version }, 503)
    return c.json({ status: 'ok', version, paused: answer.current !== undefined })
  })
}
