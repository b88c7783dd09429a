import { and, desc, eq, gt, inArray } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { instances } from '../instances/tables.ts'
import { type Operation, operationColumns } from './operation.ts'
import { operations } from './tables.ts'

/** The last operation of an instance, also of one that is gone. */
export async function lastOperation(db: Database, instanceId: string): Promise<Operation | undefined> {
  const [operation] = await db
    .select(operationColumns)
    .from(operations)
    .where(eq(operations.instanceId, instanceId))
    .orderBy(desc(operations.number))
    .limit(1)
  return operation
}

/** When an instance was created, also one that is gone; undefined when there was none. ISO 8601. */
export async function createdAtFirst(db: Database, instanceId: string): Promise<string | undefined> {
  const [first] = await db
    .select({ target: operations.target })
    .from(operations)
    .where(eq(operations.instanceId, instanceId))
    .orderBy(operations.number)
    .limit(1)
  return first?.target.updatedAt
}

/** The last operation of each instance, to be joined laterally to a query of instances. */
export function lastOfEach(db: Database) {
  return db
    .select(operationColumns)
    .from(operations)
    .where(eq(operations.instanceId, instances.id))
    .orderBy(desc(operations.number))
    .limit(1)
    .as('last')
}

/** The last operations of many instances, by the ids of the instances. */
export async function lastOperations(
  db: Database,
  instanceIds: string[],
): Promise<Map<string, Pick<Operation, 'id' | 'state'>>> {
  const { instanceId, id, state, number } = operations
  const rows = await db
    .selectDistinctOn([instanceId], { instanceId, id, state })
    .from(operations)
    .where(inArray(instanceId, instanceIds))
    .orderBy(instanceId, desc(number))
  return new Map(rows.map((row) => [row.instanceId, row]))
}

/** Whether no operation of the instance is in progress. */
export async function isAtRest(db: Database, instanceId: string): Promise<boolean> {
  const inProgress = await db
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.instanceId, instanceId), eq(operations.state, 'in progress')))
  return inProgress.length === 0
}

/** The id of an operation that a broker is working on, of whatever instance. */
export async function startedOperation(db: Database): Promise<string | undefined> {
  const [started] = await db
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.state, 'in progress'), gt(operations.attempt, 0)))
    .limit(1)
  return started?.id
}
