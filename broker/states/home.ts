import type { MiddlewareHandler } from 'hono'
import { prepared } from '../../state-backend/postgres/prepared.ts'
import type { Database } from '../database/database.ts'
import { hasInstances } from '../instances/rows.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { StateKind } from '../model/state-kind.ts'
import type { States } from './states.ts'
import { stateHome } from './tables.ts'

/**
 * Remembers in the database where the states live, so that no broker works with an empty backend after a
 * change of STATE_BACKEND: Terraform would take every instance for one that is not there yet.
 */
export class StateHome {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * To be called at the start. Without instances there is nothing to move, and the setting counts.
   * @throws Error that says what to do, when the states live elsewhere
   */
  async settle(kind: StateKind): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const home = await hold(tx)
      if (home.movingTo) {
        throw new Error(
          `the states are on their way from ${home.kind} to ${home.movingTo}. Run "npx redis-broker states move --to ${home.movingTo}" once more to end that.`,
        )
      }
      if (home.kind === kind) return
      if (await hasInstances(tx)) {
        throw new Error(
          `STATE_BACKEND is ${kind}, but the states of the instances live in ${home.kind}. Run "npx redis-broker states move --to ${kind}" first.`,
        )
      }
      await tx.update(stateHome).set({ kind })
    })
  }

  /** Lets no attempt begin once the states have begun to move, or have moved under a broker that still runs. */
  guard(states: States): States {
    return {
      ...states,
      access: async (request) => {
        const refusal = await this.writeRefusal(states.kind)
        if (refusal)
          throw new ProvisionFailure('The broker is being maintained', refusal, { transient: true })
        return states.access(request)
      },
    }
  }

  /** Why nobody may write states of this kind; undefined where they live. */
  async writeRefusal(kind: StateKind): Promise<string | undefined> {
    // It waits for a move that is about to begin, and a move waits for it.
    const [home] = await shared(this.#db).execute()
    if (home?.kind === kind && !home.movingTo) return undefined
    return `The states moved from ${kind} to ${home?.movingTo ?? home?.kind}. Restart the broker with that STATE_BACKEND.`
  }

  /**
   * For operators' terraform at the states of a broker that still runs: what has moved is not written any more. It
   * may be read, and a lock that is held may be given back.
   */
  writable(kind: StateKind): MiddlewareHandler {
    return async (c, next) => {
      const reading = ['GET', 'UNLOCK'].includes(c.req.method)
      const refusal = reading ? undefined : await this.writeRefusal(kind)
      if (refusal) return c.text(`${refusal}\n`, 409)
      await next()
    }
  }

  /**
   * From here on no attempt begins. It may be called again after an interruption.
   * @param startedOperation finds the id of an operation that a broker is working on
   * @returns where the states are
   * @throws Error when an operation is at work, or another move has begun
   */
  beginMove(
    to: StateKind,
    startedOperation: (tx: Database) => Promise<string | undefined>,
  ): Promise<StateKind> {
    return this.#db.transaction(async (tx) => {
      const home = await hold(tx)
      if (home.kind === to) throw new Error(`The states live in ${to} already.`)
      if (home.movingTo && home.movingTo !== to) {
        throw new Error(`The states are on their way to ${home.movingTo}. End that move first.`)
      }
      // An attempt is counted before it asks for access: one that got it before this lock was taken is seen.
      const started = await startedOperation(tx)
      if (started) {
        throw new Error(
          `The operation ${started} is in progress. Start the broker as before, let it end, and stop the broker again.`,
        )
      }
      await tx.update(stateHome).set({ movingTo: to })
      return home.kind
    })
  }

  /** From here on the states live there; also the way back out of a move that was begun. */
  async endMove(to: StateKind): Promise<void> {
    await this.#db.update(stateHome).set({ kind: to, movingTo: null })
  }

  /** Where the states live, and where they are on their way to. */
  async current(): Promise<{ kind: StateKind; movingTo: StateKind | null }> {
    return this.#db.transaction(hold)
  }
}

const shared = prepared((db) => db.select().from(stateHome).for('share').prepare('state_home'))

/** The one row, locked. The first broker on a database finds the states where this project has always put them. */
async function hold(tx: Database) {
  await tx.insert(stateHome).values({ kind: 'http' }).onConflictDoNothing()
  const [home] = await tx.select().from(stateHome).for('update')
  return home as typeof stateHome.$inferSelect
}
