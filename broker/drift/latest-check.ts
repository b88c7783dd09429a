import { desc, eq } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { instances } from '../instances/tables.ts'
import { driftChecks } from './tables.ts'

/** The last check of each instance, to be joined laterally to a query of instances. */
export function latestCheck(db: Database) {
  return db
    .select()
    .from(driftChecks)
    .where(eq(driftChecks.instanceId, instances.id))
    .orderBy(desc(driftChecks.checkedAt))
    .limit(1)
    .as('latest')
}
