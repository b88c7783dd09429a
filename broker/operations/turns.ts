import { and, count, eq, gt, lt, max, or, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { instances } from '../instances/tables.ts'
import type { Operation } from './operation.ts'
import { operations } from './tables.ts'

/** The place of an organization's next operation in the queue. */
export interface Turn {
  /** The lower one starts first; of the same, the older one. */
  turn: number
  /** How many of the organization's operations have not started. */
  waiting: number
}

const inQueue = and(eq(operations.state, 'in progress'), eq(operations.attempt, 0))

/**
 * The turn of the next operation of an organization: one after its last one, but not before what starts now
 * (start-time fair queueing). So whoever asks for many waits for them one by one, others come in between, and nobody
 * who asks again and again keeps the many from their turns. Until the transaction ends, the
 * organization's next one waits.
 */
export async function nextTurn(tx: Database, organization: string): Promise<Turn> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`turns of ${organization}`}, 0))`)
  const [started] = await tx
    .select({ last: max(operations.turn) })
    .from(operations)
    .where(gt(operations.attempt, 0))
  const [own] = await tx
    .select({
      last: max(operations.turn),
      waiting: sql<number>`count(*) filter (where ${inQueue})`.mapWith(Number),
    })
    .from(operations)
    .innerJoin(instances, eq(instances.id, operations.instanceId))
    .where(and(eq(instances.organizationGuid, organization), eq(operations.state, 'in progress')))
  return { turn: Math.max(started?.last ?? 0, (own?.last ?? -1) + 1), waiting: own?.waiting ?? 0 }
}

/**
 * How many operations are to start before this one, and itself; 0 once it has started. It grows when another
 * organization's comes in between.
 */
export async function placeInQueue(db: Database, operation: Operation): Promise<number> {
  if (operation.attempt > 0) return 0
  const { turn, number } = operation
  const isEarlier = or(
    lt(operations.turn, turn),
    and(eq(operations.turn, turn), lt(operations.number, number)),
  )
  const [row] = await db.select({ before: count() }).from(operations).where(and(inQueue, isEarlier))
  return (row?.before ?? 0) + 1
}
