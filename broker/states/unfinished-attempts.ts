import { eq, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { unfinishedAttempts } from '../database/schema.ts'

/** Remembers which stacks an attempt writes on, so that the next one knows since when a lock can be a dead one's. */
export class UnfinishedAttempts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns when the earliest attempt began that has not ended: this one, where all before it have */
  async begin(stack: string): Promise<Date> {
    const [row] = await this.#db
      .insert(unfinishedAttempts)
      .values({ stack, beganAt: new Date() })
      .onConflictDoUpdate({ target: unfinishedAttempts.stack, set: { stack: sql`excluded.stack` } })
      .returning()
    return (row as typeof unfinishedAttempts.$inferSelect).beganAt
  }

  async end(stack: string): Promise<void> {
    await this.#db.delete(unfinishedAttempts).where(eq(unfinishedAttempts.stack, stack))
  }
}
