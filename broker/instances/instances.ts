import { eq } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { isStorable } from '../database/storable.ts'
import type { Instance } from './instance.ts'
import { hasWord, meaningOf } from './named.ts'
import { findInstance } from './rows.ts'
import { instances } from './tables.ts'

/** Saved instances by themselves. What is done to them is in `operations/`. */
export class Instances {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Oldest first. */
  all(): Promise<Instance[]> {
    return this.#db.select().from(instances).orderBy(instances.createdAt)
  }

  find(id: string): Promise<Instance | undefined> {
    return findInstance(this.#db, id)
  }

  /** The one of this id or stack, or all of this name. */
  async named(word: string): Promise<Instance[]> {
    if (!isStorable(word)) return []
    const found = await this.#db.select().from(instances).where(hasWord(word)).orderBy(instances.createdAt)
    return meaningOf(word, found, (instance) => instance)
  }

  async ofStack(stack: string): Promise<Instance | undefined> {
    const [instance] = await this.#db.select().from(instances).where(eq(instances.stack, stack))
    return instance
  }
}
