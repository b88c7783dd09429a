import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import type { Database } from '../database/database.ts'

/** Milliseconds that the database gets to answer. */
const patience = 5000

/**
 * For load balancers, without a login, to be mounted at `/health`: 200 when the broker can take requests, 503 when
 * its database does not answer, or when it is stopping.
 */
export function healthApp(db: Database, isStopping: () => boolean): Hono {
  return new Hono().get('/', async (c) => {
    if (isStopping()) return c.json({ status: 'stopping' }, 503)
    const answers = await Promise.race([
      db.execute(sql`select 1`).then(
        () => true,
        () => false,
      ),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), patience).unref()),
    ])
    return answers ? c.json({ status: 'ok' }) : c.json({ status: 'database does not answer' }, 503)
  })
}
