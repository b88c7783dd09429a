import { and, eq, sql } from 'drizzle-orm'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { Database } from '../database/database.ts'
import { storable } from '../database/storable.ts'
import { type AuthTokens, openAuthTokens, sealAuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import { type Outputs, sealOutputs } from '../instances/outputs.ts'
import { changeInstance, deleteInstance, findInstance, lockInstance } from '../instances/rows.ts'
import { versionOf } from '../model/engine-versions.ts'
import { endOf } from '../text/shorten.ts'
import { type End, endOperations } from './ends.ts'
import { doneBy, type Operation, operationColumns } from './operation.ts'
import { mayRun } from './pause.ts'
import type { Enqueue } from './queue.ts'
import { operationLogs, operations } from './tables.ts'

/** An attempt that has begun: the operation as this attempt sees it, and its instance. */
export interface Begun {
  operation: Operation
  instance: Instance
}

/** Another attempt has begun, or the operation has ended: this one may write nothing more. */
export class AttemptIsOver extends Error {}

export interface Failure {
  description: string
  detail: string
  instanceUsable?: boolean
  updateRepeatable?: boolean
}

/** Saves what a successful deploy has proved, and returns what is to be done once it is saved. */
export type Deployed = (tx: Database, operation: Operation) => Promise<() => void>

/** Characters of what a program prints that are kept, from the end. */
const longestEntry = 100_000

const now = sql`clock_timestamp()`

/**
 * Saves how attempts at operations go. Every write names its attempt and counts only while that is the newest
 * one of an operation in progress, so that an attempt which lost its lease can't change anything.
 */
export class Attempts {
  readonly #db: Database
  readonly #keyRing: KeyRing

  constructor(db: Database, keyRing: KeyRing) {
    this.#db = db
    this.#keyRing = keyRing
  }

  /**
   * @returns undefined when the operation has ended, as after a deletion during a creation, or when it is a new one
   * and these are paused: it gets another job when that is over.
   */
  begin(operationId: string): Promise<Begun | undefined> {
    return this.#db.transaction(async (tx) => {
      const [operation] = await tx
        .update(operations)
        .set({
          attempt: sql`${operations.attempt} + 1`,
          startedAt: sql`coalesce(${operations.startedAt}, clock_timestamp())`,
        })
        .where(and(eq(operations.id, operationId), mayRun(tx)))
        .returning(operationColumns)
      if (!operation) return undefined
      const instance = await findInstance(tx, operation.instanceId)
      return instance && { operation, instance }
    })
  }

  tokens({ instance }: Begun): AuthTokens {
    return openAuthTokens(this.#keyRing, instance)
  }

  async saveTokens({ operation, instance }: Begun, tokens: AuthTokens): Promise<void> {
    await this.#db.transaction(async (tx) => {
      // Those of before may have been encrypted anew meanwhile, and counted up.
      const current = (await lockInstance(tx, instance.id)) ?? instance
      // Refused when the attempt is over.
      await this.#write(tx, operation, { attempt: operation.attempt })
      await changeInstance(tx, instance.id, sealAuthTokens(this.#keyRing, current, tokens))
    })
  }

  async isCurrent(operation: Operation): Promise<boolean> {
    const rows = await this.#db
      .select({ id: operations.id })
      .from(operations)
      .where(currentAttempt(operation))
    return rows.length > 0
  }

  async phase(operation: Operation, description: string): Promise<void> {
    await this.#write(this.#db, operation, { description })
    await this.log(operation, description)
  }

  /** Adds an entry that operators can read. One of an attempt that has been taken over does no harm. */
  async log({ id, attempt }: Operation, text: string): Promise<void> {
    const entry = { operationId: id, attempt, text: kept(text), writtenAt: now }
    await this.#db.insert(operationLogs).values(entry)
  }

  /** The instance becomes what was asked for, with these outputs; what is `also` to be saved is saved with it. */
  async deployed({ operation, instance }: Begun, outputs: Outputs, also?: Deployed): Promise<void> {
    const { planId, context, maintenanceVersion, updatedAt } = operation.target
    // What runs: AWS may be ahead of what was asked for.
    const engineVersion = versionOf(outputs.engineVersion) ?? operation.target.parameters.engineVersion
    const parameters = { ...operation.target.parameters, engineVersion }
    const saved = await this.#db.transaction(async (tx) => {
      // The outputs of before may have been encrypted anew meanwhile, and counted up.
      const current = (await lockInstance(tx, instance.id)) ?? instance
      await this.#succeed(tx, operation)
      await changeInstance(tx, instance.id, {
        planId,
        parameters,
        context,
        maintenanceVersion,
        updatedAt: new Date(updatedAt),
        missingSince: null,
        ...sealOutputs(this.#keyRing, current, outputs),
      })
      return also?.(tx, operation)
    })
    saved?.()
  }

  /** The instance stays as it is. */
  succeeded({ operation }: Begun): Promise<void> {
    return this.#succeed(this.#db, operation)
  }

  /** The instance and its bindings are forgotten. */
  async deleted({ operation, instance }: Begun): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await lockInstance(tx, instance.id)
      await this.#succeed(tx, operation)
      await deleteInstance(tx, instance.id)
    })
  }

  async failed({ operation }: Begun, failure: Failure): Promise<void> {
    await this.#end(this.#db, operation, { ...failure, detail: kept(failure.detail), state: 'failed' })
  }

  /** Another attempt will follow; the saving and the new job are one. */
  async postponed({ operation }: Begun, failure: Failure, enqueue: Enqueue): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const { description } = failure
      const detail = kept(failure.detail)
      await this.#write(tx, operation, { description, detail, failures: operation.failures + 1 })
      await enqueue(tx, operation)
    })
  }

  #succeed(tx: Database, operation: Operation): Promise<void> {
    return this.#end(tx, operation, { state: 'succeeded', description: doneBy(operation), detail: null })
  }

  async #end(db: Database, operation: Operation, end: End): Promise<void> {
    const ended = await endOperations(db, end, currentAttempt(operation))
    if (ended.length === 0) throw isOver(operation)
  }

  async #write(
    db: Database,
    operation: Operation,
    values: Partial<typeof operations.$inferInsert>,
  ): Promise<void> {
    const rows = await db
      .update(operations)
      .set(values)
      .where(currentAttempt(operation))
      .returning({ id: operations.id })
    if (rows.length === 0) throw isOver(operation)
  }
}

/** A text as it is kept: of a long one the end, which says what went wrong. */
function kept(text: string): string {
  return storable(endOf(text, longestEntry))
}

function isOver({ id, attempt }: Operation): AttemptIsOver {
  return new AttemptIsOver(`attempt ${attempt} of ${id} is over`)
}

function currentAttempt({ id, attempt }: Operation) {
  return and(eq(operations.id, id), eq(operations.attempt, attempt), eq(operations.state, 'in progress'))
}
