import type { Database } from '../database/database.ts'
import type { SealedTokens } from '../instances/auth-tokens.ts'
import { type Instance, isUnchanged } from '../instances/instance.ts'
import type { SealedOutputs } from '../instances/outputs.ts'
import { changeInstance, lockInstance } from '../instances/rows.ts'
import { isAtRest } from './last-operation.ts'

/** The instance, and how many outputs and tokens it had when it was read. */
export type SecretsAsRead = Pick<Instance, 'id' | 'outputsGeneration' | 'authTokensGeneration'>

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
    return this.#change(id, { context }, () => true)
  }

  /**
   * Saves what an operator's own deploy has changed.
   * @param read with the secrets that the new ones replace
   * @returns false while an operation is in progress, or when one has ended since
   */
  setOutputs(read: SecretsAsRead, values: SealedOutputs & Partial<SealedTokens>): Promise<boolean> {
    const { outputsGeneration, authTokensGeneration } = read
    return this.#change(
      read.id,
      values,
      (now) =>
        now.outputsGeneration === outputsGeneration && now.authTokensGeneration === authTokensGeneration,
    )
  }

  /**
   * Saves what AWS has made of an instance without an operation that succeeded.
   * @param read as it was when AWS was asked
   * @returns false while an operation is in progress, or when the instance has changed since
   */
  setObserved(read: Instance, values: Partial<Instance>): Promise<boolean> {
    return this.#change(read.id, values, (now) => isUnchanged(read, now))
  }

  #change(id: string, values: Partial<Instance>, holds: (now: Instance) => boolean): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      const now = await lockInstance(tx, id)
      if (!now || !holds(now)) return false
      // By a statement that begins after the lock: one that waits for it sees no operation that was accepted meanwhile.
      if (!(await isAtRest(tx, id))) return false
      return changeInstance(tx, id, values)
    })
  }
}
