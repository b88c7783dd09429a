import { and, eq } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import type { SealedTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import type { SealedOutputs } from '../instances/outputs.ts'
import { changeInstance } from '../instances/rows.ts'
import { instances } from '../instances/tables.ts'
import { isAtRest } from './last-operation.ts'

/**
 * The changes of an instance that need no operation. None is made while an operation is in progress: it brings its
 * own.
 */
export class ChangesAtRest {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Saves what the platform calls things. @returns false while an operation is in progress */
  rename({ id }: Instance, context: Instance['context']): Promise<boolean> {
    return changeInstance(this.#db, id, { context }, isAtRest(this.#db, id))
  }

  /**
   * Saves what an operator's own deploy has changed.
   * @param instance with the outputs that the new ones replace
   * @returns false while an operation is in progress, or when one has ended since
   */
  setOutputs(
    { id, outputs }: Pick<Instance, 'id'> & { outputs: Uint8Array },
    values: SealedOutputs & Partial<SealedTokens>,
  ): Promise<boolean> {
    const isUnchanged = eq(instances.outputs, outputs)
    return changeInstance(this.#db, id, values, and(isUnchanged, isAtRest(this.#db, id)))
  }

  /**
   * Saves what AWS has made of an instance without an operation that succeeded.
   * @param instance as it was when AWS was asked
   * @returns false while an operation is in progress, or when one has ended since
   */
  setObserved({ id, updatedAt }: Instance, values: Partial<Instance>): Promise<boolean> {
    const isUnchanged = eq(instances.updatedAt, updatedAt)
    return changeInstance(this.#db, id, values, and(isUnchanged, isAtRest(this.#db, id)))
  }
}
