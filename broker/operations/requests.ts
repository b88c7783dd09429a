import { and, eq, sql, TransactionRollbackError } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { currentTarget, type Instance, isUnchanged } from '../instances/instance.ts'
import { insertInstance, isStackTaken, lockInstance } from '../instances/rows.ts'
import type { OperationTarget, OperationType } from '../model/operation.ts'
import { type End, endOperations } from './ends.ts'
import { lastOperation } from './last-operation.ts'
import { type Operation, operationColumns } from './operation.ts'
import { type CurrentPause, currentPause, pausedOperations } from './pause.ts'
import type { Enqueue } from './queue.ts'
import { operations } from './tables.ts'
import { nextTurn } from './turns.ts'

/** The result of a request for an operation. Unless it is `accepted`, nothing was changed. */
export type RequestResult =
  | { outcome: 'accepted'; operation: Operation }
  /** Another operation of the instance, which may be the same one. */
  | { outcome: 'in progress'; operation: Operation }
  /** The instance has changed since it was read: after this operation, or in it. */
  | { outcome: 'changed'; operation: Operation }
  /** Nobody waits for the answer any more, or somebody else had the instance locked for too long. */
  | TooLate
  /** The instance is not there (any more). */
  | { outcome: 'gone' }
  /** The organization has as many operations in the queue as it may have. */
  | { outcome: 'queue full'; most: number }
  /** New operations are refused for now. */
  | { outcome: 'paused'; pause: CurrentPause }

interface TooLate {
  outcome: 'too late'
}

const tooLate: TooLate = { outcome: 'too late' }

/** An instance of the id, or with the same adopted group, was there first; or one of another id has its stack. */
export type Exists = { outcome: 'exists' } | { outcome: 'stack taken' }

/** Whether somebody still waits for the answer to a request. */
export type IsAwaited = () => boolean

const always: IsAwaited = () => true

/** Says of a `queue full` what is wrong, without a full stop. */
export const queueFull = (most: number) =>
  `This organization has as many operations waiting for their turn as it may have (${most})`

/** Likewise of a `paused`. */
export const refusedInPause = (pause: CurrentPause) =>
  `The operators of the platform have ${pausedOperations(pause)}`

/** Takes requests for operations. An operation and its job are saved together or not at all. */
export class OperationRequests {
  readonly #db: Database
  readonly #enqueue: Enqueue
  readonly #mostQueued: number
  readonly #longestWaitMs: number

  /**
   * @param mostQueued operations of one organization that may wait, beside deletions
   * @param longestWaitMs for a lock or for any other statement
   */
  constructor(db: Database, enqueue: Enqueue, mostQueued = Number.POSITIVE_INFINITY, longestWaitMs = 20_000) {
    this.#db = db
    this.#enqueue = enqueue
    this.#mostQueued = mostQueued
    this.#longestWaitMs = longestWaitMs
  }

  create(instance: Instance, isAwaited = always): Promise<RequestResult | Exists> {
    return this.#undoUnlessAccepted(isAwaited, async (tx) => {
      if (!(await insertInstance(tx, instance))) {
        return { outcome: (await isStackTaken(tx, instance)) ? 'stack taken' : 'exists' }
      }
      return this.#accept(tx, instance, 'provision', currentTarget(instance))
    })
  }

  /** @param instance as it was when the target was made of it */
  update(instance: Instance, target: OperationTarget, isAwaited = always): Promise<RequestResult> {
    return this.#begin(instance.id, 'update', () => target, instance, isAwaited)
  }

  /** A creation in progress ends here; its attempt notices and stops. */
  delete(instance: Instance, isAwaited = always): Promise<RequestResult> {
    return this.#undoUnlessAccepted(isAwaited, async (tx) => {
      const current = await lockInstance(tx, instance.id)
      if (!current) return { outcome: 'gone' }
      await endOperations(
        tx,
        { state: 'failed', description: 'Stopped: the instance is being deleted.' },
        and(eq(operations.instanceId, instance.id), eq(operations.type, 'provision')),
      )
      return this.#accept(tx, current, 'deprovision', currentTarget(current))
    })
  }

  /** Drops the instance and its state, and leaves its Redis as it is. */
  forget(instance: Instance): Promise<RequestResult> {
    return this.#begin(instance.id, 'forget', currentTarget)
  }

  /** The same operation once more. The instance keeps its names: they may be newer than those of the operation. */
  repeat({ instanceId, type, target }: Operation): Promise<RequestResult> {
    return this.#begin(instanceId, type, ({ context }) => ({ ...target, context }))
  }

  /**
   * Ends an operation; its attempt notices and stops.
   * @returns the operation as it is then; undefined when it had ended already
   */
  async cancel({ id, type }: Operation, description: string): Promise<Operation | undefined> {
    const end: End = {
      state: 'failed',
      description,
      ...(type === 'update' ? { instanceUsable: true, updateRepeatable: true } : {}),
      // A deletion that has begun can only be begun again.
      ...(type === 'deprovision' ? { instanceUsable: sql`${operations.attempt} = 0` } : {}),
    }
    const [ended] = await endOperations(this.#db, end, eq(operations.id, id))
    return ended
  }

  /**
   * @param targetOf makes the target of the instance as it is then
   * @param read the instance as it was when an update's target was made of it
   */
  #begin(
    instanceId: string,
    type: OperationType,
    targetOf: (instance: Instance) => OperationTarget,
    read?: Instance,
    isAwaited = always,
  ): Promise<RequestResult> {
    return this.#undoUnlessAccepted(isAwaited, async (tx) => {
      // An operation whose instance has just gone would never end.
      const instance = await lockInstance(tx, instanceId)
      if (!instance) return { outcome: 'gone' }
      return this.#accept(tx, instance, type, targetOf(instance), read && !isUnchanged(read, instance))
    })
  }

  /** @param instance whose row this transaction has locked, or made */
  async #accept(
    tx: Database,
    { id, organizationGuid }: Instance,
    type: OperationType,
    target: OperationTarget,
    isChanged = false,
  ): Promise<RequestResult> {
    const last = await lastOperation(tx, id)
    if (last?.state === 'in progress') return { outcome: 'in progress', operation: last }
    if (last && isChanged) return { outcome: 'changed', operation: last }
    const { turn, waiting } = await nextTurn(tx, organizationGuid)
    // What is deleted makes room, and a platform that clears up after itself must not be refused.
    const makesMore = type === 'provision' || type === 'update'
    if (makesMore && waiting >= this.#mostQueued) return { outcome: 'queue full', most: this.#mostQueued }
    const pause = makesMore ? await currentPause(tx) : undefined
    if (pause?.refuses) return { outcome: 'paused', pause }
    const [operation] = await tx
      .insert(operations)
      .values({
        instanceId: id,
        type,
        target,
        turn,
        description: '',
        // `now()` would be the transaction's beginning.
        createdAt: sql`clock_timestamp()`,
      })
      .returning(operationColumns)
    if (!operation) throw new Error('an insert has returned no row')
    await this.#enqueue(tx, operation)
    return { outcome: 'accepted', operation }
  }

  async #undoUnlessAccepted<R extends RequestResult | Exists>(
    isAwaited: IsAwaited,
    work: (tx: Database) => Promise<R>,
  ): Promise<R | TooLate> {
    let result: R | TooLate | undefined
    try {
      return await this.#db.transaction(async (tx) => {
        const longest = String(this.#longestWaitMs)
        await tx.execute(
          sql`select set_config('lock_timeout', ${longest}, true), set_config('statement_timeout', ${longest}, true)`,
        )
        result = await work(tx)
        // Last, so that as little time as possible is left for a platform to give up.
        if (result.outcome === 'accepted' && !isAwaited()) result = tooLate
        if (result.outcome !== 'accepted') tx.rollback()
        return result
      })
    } catch (error) {
      if (result && error instanceof TransactionRollbackError) return result
      if (hasWaitedTooLong(error)) return tooLate
      throw error
    }
  }
}

/** Whether PostgreSQL has ended a statement: lock_not_available, query_canceled. */
function hasWaitedTooLong(error: unknown): boolean {
  const cause = error instanceof Error && error.cause
  const code = cause && typeof cause === 'object' && 'code' in cause && cause.code
  return code === '55P03' || code === '57014'
}
