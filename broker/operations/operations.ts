import DataLoader from 'dataloader'
import { and, count, desc, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { isStorable } from '../database/storable.ts'
import type { Instance } from '../instances/instance.ts'
import { hasWord, meaningOf } from '../instances/named.ts'
import { instances } from '../instances/tables.ts'
import { lastOfEach, lastOperation } from './last-operation.ts'
import {
  type Operation,
  type OperationLogEntry,
  type OperationRecord,
  operationColumns,
} from './operation.ts'
import { mayRun } from './pause.ts'
import { endedOperations, operationLogs, operations } from './tables.ts'
import { placeInQueue } from './turns.ts'

/** An instance with its last operation: what was done to it last, or is being done now. */
export interface InstanceStatus {
  instance: Instance
  operation: Operation
}

/** Saved operations; those of an instance that is gone stay. */
export class Operations {
  readonly #db: Database
  readonly #statusOf: DataLoader<string, InstanceStatus | undefined>

  constructor(db: Database) {
    this.#db = db
    this.#statusOf = statusLoader(db)
  }

  status(instanceId: string): Promise<InstanceStatus | undefined> {
    return this.#statusOf.load(instanceId)
  }

  /** Of the instance of this id or stack, or of all that have this name. */
  async statusesNamed(word: string): Promise<InstanceStatus[]> {
    const found = isStorable(word) ? await this.#statuses(hasWord(word)) : []
    return meaningOf(word, found, ({ instance }) => instance)
  }

  /** Of all instances, the oldest first. */
  statuses(): Promise<InstanceStatus[]> {
    return this.#statuses()
  }

  async #statuses(condition?: SQL): Promise<InstanceStatus[]> {
    const rows = await withLastOperation(this.#db).where(condition).orderBy(instances.createdAt)
    return rows.map(({ instances: instance, last: operation }) => ({ instance, operation }))
  }

  last(instanceId: string): Promise<Operation | undefined> {
    return lastOperation(this.#db, instanceId)
  }

  /** One of an instance's operations. @param id a UUID */
  async find(instanceId: string, id: string): Promise<Operation | undefined> {
    const [operation] = await this.#db
      .select(operationColumns)
      .from(operations)
      .where(and(eq(operations.instanceId, instanceId), eq(operations.id, id)))
    return operation
  }

  /** Likewise for operators, by any word for an id. */
  async record(instanceId: string, id: string): Promise<OperationRecord | undefined> {
    const [record] = await this.#db.select().from(operations).where(isRecord(instanceId, id))
    return record
  }

  /** Newest first. @param after the operation that it goes on after; one that there is not begins it anew */
  async history(instanceId: string, limit: number, after?: string): Promise<OperationRecord[]> {
    const { number } = operations
    const [last] =
      after === undefined
        ? []
        : await this.#db.select({ number }).from(operations).where(isRecord(instanceId, after))
    return this.#db
      .select()
      .from(operations)
      .where(and(eq(operations.instanceId, instanceId), last && lt(number, last.number)))
      .orderBy(desc(number))
      .limit(limit)
  }

  /** The log of an operation, oldest entry first. @param after leaves out so many */
  log({ id }: Operation, after = 0): Promise<OperationLogEntry[]> {
    const { attempt, writtenAt, text } = operationLogs
    return this.#db
      .select({ attempt, writtenAt, text })
      .from(operationLogs)
      .where(eq(operationLogs.operationId, id))
      .orderBy(operationLogs.id)
      .offset(after)
  }

  /** Forgets the logs of operations that are older than so many days. */
  async pruneLogs(days: number): Promise<void> {
    await this.#db
      .delete(operationLogs)
      .where(lt(operationLogs.writtenAt, sql`now() - make_interval(days => ${days})`))
  }

  inProgress(): Promise<Operation[]> {
    return this.#db.select(operationColumns).from(operations).where(eq(operations.state, 'in progress'))
  }

  /** Those in progress that may have an attempt now: not the new ones in a pause. */
  runnable(): Promise<Operation[]> {
    return this.#db.select(operationColumns).from(operations).where(mayRun(this.#db))
  }

  /** How many operations are to start before this one, and itself; 0 once it has started. */
  placeInQueue(operation: Operation): Promise<number> {
    return placeInQueue(this.#db, operation)
  }

  /** How many there are of each type and state, since the records began. */
  counts() {
    const { type, state } = operations
    return this.#db
      .select()
      .from(endedOperations)
      .unionAll(
        this.#db
          .select({ type, state, count: count() })
          .from(operations)
          .where(eq(state, 'in progress'))
          .groupBy(type, state),
      )
  }

  /** How many were accepted and have not started. */
  async queued(): Promise<number> {
    const [row] = await this.#db
      .select({ queued: count() })
      .from(operations)
      .where(and(eq(operations.state, 'in progress'), eq(operations.attempt, 0)))
    return row?.queued ?? 0
  }

  /** Updates that have begun and failed, of which nobody has looked yet what AWS has made of them. */
  unobserved(): Promise<Operation[]> {
    return this.#db
      .select(operationColumns)
      .from(operations)
      .where(
        and(
          eq(operations.type, 'update'),
          eq(operations.state, 'failed'),
          isNull(operations.observedAt),
          gt(operations.attempt, 0),
        ),
      )
      .orderBy(operations.number)
      .limit(100)
  }

  async setObserved({ id }: Operation): Promise<void> {
    await this.#db.update(operations).set({ observedAt: sql`clock_timestamp()` }).where(eq(operations.id, id))
  }
}

/** @param id which need not be a UUID */
const isRecord = (instanceId: string, id: string) =>
  and(
    eq(operations.instanceId, instanceId),
    isStorable(id) ? sql`${operations.id}::text = ${id}` : sql`false`,
  )

/** In one statement: an operation that ends changes both. */
function withLastOperation(db: Database) {
  return db.select().from(instances).innerJoinLateral(lastOfEach(db), sql`true`)
}

/**
 * Most requests begin with a status: those that come in together share a statement. Nothing is kept, so that each
 * status is one of after it was asked for.
 */
function statusLoader(db: Database) {
  // PostgreSQL keeps the plan for one id, and makes that for several anew each time, which takes longer than to read one.
  const ofOne = withLastOperation(db)
    .where(eq(instances.id, sql.placeholder('id')))
    .prepare('instance_status')
  const ofSeveral = withLastOperation(db)
    .where(sql`${instances.id} = any(${sql.placeholder('ids')}::text[])`)
    .prepare('instance_statuses')
  const load = async (ids: readonly string[]) => {
    const rows = ids.length === 1 ? await ofOne.execute({ id: ids[0] }) : await ofSeveral.execute({ ids })
    const found = new Map(
      rows.map(({ instances: instance, last: operation }) => [instance.id, { instance, operation }]),
    )
    return ids.map((id) => found.get(id))
  }
  return new DataLoader(load, { cache: false, maxBatchSize: 100, batchScheduleFn: setImmediate })
}
