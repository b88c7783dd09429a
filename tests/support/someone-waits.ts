import { sql } from 'drizzle-orm'
import type { OpenDatabase } from '../../broker/database/database.ts'
import { until } from './until.ts'

/** Until a connection to that PostgreSQL waits for what another one has locked. */
export function someoneWaits(db: Pick<OpenDatabase['db'], 'execute'>): Promise<void> {
  const waiting = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`
  return until(async () => {
    const answer = (await db.execute(waiting)) as unknown as { rows: unknown[] }
    return answer.rows.length > 0
  })
}
