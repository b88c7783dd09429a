import { and, eq, gt, notExists, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import type { Operation } from './operation.ts'
import { operations, pauses } from './tables.ts'

export type CurrentPause = Omit<typeof pauses.$inferSelect, 'only'>

/**
 * Whether operators have paused new operations. It is in the database, so that it holds for every broker process on
 * it, and over restarts. What has begun goes on to its end, with all attempts that this takes.
 */
export class Pause {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Undefined when there is none. */
  current(): Promise<CurrentPause | undefined> {
    return currentPause(this.#db)
  }

  /** Begins a pause, or changes the kind and the reason of the one that there is. */
  async begin(pause: Omit<CurrentPause, 'since'>): Promise<CurrentPause> {
    const { refuses, reason } = pause
    const [begun] = await this.#db
      .insert(pauses)
      .values(pause)
      .onConflictDoUpdate({ target: pauses.only, set: { refuses, reason } })
      .returning()
    return begun as CurrentPause
  }

  /** @returns whether there was one */
  async end(): Promise<boolean> {
    return (await this.#db.delete(pauses).returning()).length > 0
  }
}

/** The condition that an operation may have an attempt now: it is in progress, and not a new one in a pause. */
export function mayRun(db: Database): SQL | undefined {
  const paused = db.select({ one: sql`1` }).from(pauses)
  return and(eq(operations.state, 'in progress'), or(gt(operations.attempt, 0), notExists(paused)))
}

export async function currentPause(db: Database): Promise<CurrentPause | undefined> {
  const [pause] = await db.select().from(pauses)
  return pause
}

/** The description of an operation that a pause keeps from its start; undefined for any other. */
export function waitingIn(
  pause: CurrentPause | undefined,
  { state, attempt }: Pick<Operation, 'state' | 'attempt'>,
): string | undefined {
  const waits = pause !== undefined && state === 'in progress' && attempt === 0
  return waits ? `waiting: the operators have ${pausedOperations(pause)}` : undefined
}

/** For the platform's users, as a part of a sentence. */
export function pausedOperations({ reason }: CurrentPause): string {
  return `paused new operations${reason === null ? '' : `: ${reason}`}`
}
