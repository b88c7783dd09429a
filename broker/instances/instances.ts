import { and, desc, eq, notExists, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import type { OperationTarget, OperationType } from '../model/operation.ts'
import { operationLogs, operations } from '../operations/tables.ts'
import type { SealedTokens } from './auth-tokens.ts'
import type { Instance } from './instance.ts'
import { currentTarget, type Operation, type OperationLogEntry } from './operation.ts'
import type { SealedOutputs } from './outputs.ts'
import { requireNoRefusal } from './pause.ts'
import { instances } from './tables.ts'
import { nextTurn, placeInQueue, QueueIsFull } from './turns.ts'

/** Puts the job of an operation into the queue, within the transaction that saves the operation. */
export type Enqueue = (transaction: Database, operation: Operation) => Promise<void>

/** An instance and what was last done to it, or is being done now. */
export interface KnownInstance {
  instance: Instance
  operation: Operation
}

/** Saved instances and their operations. An operation and its job are saved together or not at all. */
export class Instances {
  readonly #db: Database
  readonly #enqueue: Enqueue
  readonly #mostQueued: number

  /**
   * @param mostQueued operations of one organization that may wait, beside deletions. `create` and `update` throw
   * QueueIsFull for one more, and BrokerIsPaused while they are refused.
   */
  constructor(db: Database, enqueue: Enqueue, mostQueued = Number.POSITIVE_INFINITY) {
    this.#db = db
    this.#enqueue = enqueue
    this.#mostQueued = mostQueued
  }

  async find(id: string): Promise<KnownInstance | undefined> {
    const [known] = await this.#known(eq(instances.id, id))
    return known
  }

  all(): Promise<Instance[]> {
    return this.#db.select().from(instances).orderBy(instances.createdAt)
  }

  /** All instances with what was last done to them. */
  known(): Promise<KnownInstance[]> {
    return this.#known()
  }

  /** In one statement: an operation that ends changes both. */
  async #known(condition?: SQL): Promise<KnownInstance[]> {
    const last = this.#db
      .select()
      .from(operations)
      .where(eq(operations.instanceId, instances.id))
      .orderBy(desc(operations.createdAt))
      .limit(1)
      .as('last')
    const rows = await this.#db
      .select()
      .from(instances)
      .innerJoinLateral(last, sql`true`)
      .where(condition)
      .orderBy(instances.createdAt)
    return rows.map(({ instances: instance, last: operation }) => ({ instance, operation }))
  }

  /** Newest first; also of an instance that is gone. */
  history(instanceId: string, limit: number): Promise<Operation[]> {
    return this.#db
      .select()
      .from(operations)
      .where(eq(operations.instanceId, instanceId))
      .orderBy(desc(operations.createdAt))
      .limit(limit)
  }

  /** What an operation has done, oldest first. */
  log({ id }: Operation): Promise<OperationLogEntry[]> {
    const { attempt, writtenAt, text } = operationLogs
    return this.#db
      .select({ attempt, writtenAt, text })
      .from(operationLogs)
      .where(eq(operationLogs.operationId, id))
      .orderBy(operationLogs.id)
  }

  /** Also of an instance that is gone. */
  async lastOperation(instanceId: string): Promise<Operation | undefined> {
    const [operation] = await this.#db
      .select()
      .from(operations)
      .where(eq(operations.instanceId, instanceId))
      .orderBy(desc(operations.createdAt))
      .limit(1)
    return operation
  }

  /** One of an instance's operations; undefined when it has none of this id. @param id a UUID */
  async operation(instanceId: string, id: string): Promise<Operation | undefined> {
    const [operation] = await this.#db
      .select()
      .from(operations)
      .where(and(eq(operations.instanceId, instanceId), eq(operations.id, id)))
    return operation
  }

  /** @returns undefined when an instance of this id, or with the same adopted group, was there first. */
  create(instance: Instance): Promise<Operation | undefined> {
    return this.#db.transaction(async (tx) => {
      const inserted = await tx.insert(instances).values(instance).onConflictDoNothing().returning()
      if (inserted.length === 0) return undefined
      return this.#begin(tx, instance.id, 'provision', currentTarget(instance))
    })
  }

  /**
   * @param instance as it was when the target was made of it
   * @returns undefined when another operation of the instance is in progress, or has changed it since, or the
   * instance has gone
   */
  update({ id, updatedAt }: Instance, target: OperationTarget): Promise<Operation | undefined> {
    const unchanged = eq(instances.updatedAt, updatedAt)
    return this.#db.transaction((tx) => this.#begin(tx, id, 'update', target, unchanged))
  }

  /**
   * A creation in progress ends here; its attempt notices and stops.
   * @returns undefined when another operation of the instance is in progress, or the instance has gone.
   */
  delete(instance: Instance): Promise<Operation | undefined> {
    return this.#db.transaction(async (tx) => {
      if (!(await lockInstance(tx, instance.id))) return undefined
      await tx
        .update(operations)
        .set({
          state: 'failed',
          description: 'Stopped: the instance is being deleted.',
          finishedAt: sql`clock_timestamp()`,
        })
        .where(
          and(
            eq(operations.instanceId, instance.id),
            eq(operations.type, 'provision'),
            eq(operations.state, 'in progress'),
          ),
        )
      return this.#begin(tx, instance.id, 'deprovision', currentTarget(instance))
    })
  }

  /**
   * Drops the instance and its state, and leaves its Redis as it is.
   * @returns undefined when another operation of the instance is in progress, or the instance has gone.
   */
  forget(instance: Instance): Promise<Operation | undefined> {
    return this.#db.transaction((tx) => this.#begin(tx, instance.id, 'forget', currentTarget(instance)))
  }

  /**
   * The same operation once more.
   * @returns undefined when another operation of the instance is in progress.
   */
  repeat({ instanceId, type, target }: Operation): Promise<Operation | undefined> {
    return this.#db.transaction((tx) => this.#begin(tx, instanceId, type, target))
  }

  /**
   * Ends an operation; its attempt notices and stops.
   * @returns the operation as it is then; undefined when it had ended already.
   */
  async cancel({ id, type }: Operation, description: string): Promise<Operation | undefined> {
    const [ended] = await this.#db
      .update(operations)
      .set({
        state: 'failed',
        description,
        finishedAt: sql`clock_timestamp()`,
        ...(type === 'update' ? { instanceUsable: true, updateRepeatable: true } : {}),
        // A deletion that has begun can only be begun again.
        ...(type === 'deprovision' ? { instanceUsable: sql`${operations.attempt} = 0` } : {}),
      })
      .where(and(eq(operations.id, id), eq(operations.state, 'in progress')))
      .returning()
    return ended
  }

  /**
   * What the platform calls things: takes effect without an operation.
   * @returns false while an operation is in progress: it brings its own
   */
  rename(instance: Instance, context: Instance['context']): Promise<boolean> {
    return this.#changeAtRest(instance, { context })
  }

  /**
   * What an operator's own deploy has changed.
   * @param instance with the outputs that the new ones replace
   * @returns false while an operation is in progress, or when one has ended since: it brings its own
   */
  setOutputs(
    instance: Pick<Instance, 'id'> & { outputs: Uint8Array },
    values: SealedOutputs & Partial<SealedTokens>,
  ): Promise<boolean> {
    return this.#changeAtRest(instance, values, eq(instances.outputs, instance.outputs))
  }

  /**
   * What AWS has made of an instance without an operation that succeeded.
   * @param instance as it was when AWS was asked
   * @returns false while an operation is in progress, or when one has ended since: it brings its own
   */
  setObserved(instance: Instance, values: Partial<Instance>): Promise<boolean> {
    return this.#changeAtRest(instance, values, eq(instances.updatedAt, instance.updatedAt))
  }

  /** How many operations are to start before this one, and itself; 0 once it has started. */
  placeInQueue(operation: Operation): Promise<number> {
    return placeInQueue(this.#db, operation)
  }

  /** @returns false while an operation is in progress, or when `condition` does not hold (any more) */
  async #changeAtRest(
    { id }: Pick<Instance, 'id'>,
    values: Partial<Instance>,
    condition?: SQL,
  ): Promise<boolean> {
    const inProgress = this.#db
      .select({ id: operations.id })
      .from(operations)
      .where(and(eq(operations.instanceId, id), eq(operations.state, 'in progress')))
    const changed = await this.#db
      .update(instances)
      .set(values)
      .where(and(eq(instances.id, id), condition, notExists(inProgress)))
      .returning({ id: instances.id })
    return changed.length > 0
  }

  async #begin(
    tx: Database,
    instanceId: string,
    type: OperationType,
    target: OperationTarget,
    condition?: SQL,
  ): Promise<Operation | undefined> {
    // An operation whose instance has just gone would never end.
    if (!(await lockInstance(tx, instanceId, condition))) return undefined
    const { turn, waiting } = await nextTurn(tx, instanceId)
    const [operation] = await tx
      .insert(operations)
      .values({
        instanceId,
        type,
        target,
        turn,
        description: '',
        // The order of operations is by time: `now()` would be the transaction's beginning.
        createdAt: sql`clock_timestamp()`,
      })
      .onConflictDoNothing()
      .returning()
    if (!operation) return undefined
    // What is deleted makes room, and a platform that clears up after itself must not be refused.
    if (type === 'provision' || type === 'update') {
      if (waiting >= this.#mostQueued) throw new QueueIsFull(this.#mostQueued)
      await requireNoRefusal(tx)
    }
    await this.#enqueue(tx, operation)
    return operation
  }
}

/**
 * Whoever changes an instance and its operations locks the instance first: two that began at either end would
 * wait for each other.
 * @returns false when the instance has gone, or is not as the condition has it
 */
export async function lockInstance(tx: Database, id: string, condition?: SQL): Promise<boolean> {
  const rows = await tx
    .select({ id: instances.id })
    .from(instances)
    .where(and(eq(instances.id, id), condition))
    .for('update')
  return rows.length > 0
}
