import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { type Operation, operationColumns } from './operation.ts'
import { endedOperations, operations } from './tables.ts'

/** How operations end. */
export type End = Partial<Omit<typeof operations.$inferInsert, 'state' | 'instanceUsable'>> & {
  state: 'succeeded' | 'failed'
  instanceUsable?: boolean | null | SQL
}

/**
 * Ends those operations in progress that the condition finds, and counts them. Whoever changes their instances as well
 * has locked these before: the row of the count is locked until the transaction ends.
 * @returns them as they are then
 */
export function endOperations(db: Database, end: End, condition: SQL | undefined): Promise<Operation[]> {
  return db.transaction(async (tx) => {
    const ended = await tx
      .update(operations)
      .set({ ...end, finishedAt: sql`clock_timestamp()` })
      .where(and(eq(operations.state, 'in progress'), condition))
      .returning(operationColumns)
    for (const { type, state } of ended) {
      await tx
        .insert(endedOperations)
        .values({ type, state, count: 1 })
        .onConflictDoUpdate({
          target: [endedOperations.type, endedOperations.state],
          set: { count: sql`${endedOperations.count} + 1` },
        })
    }
    return ended
  })
}
