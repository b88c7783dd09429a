import { and, eq } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { bindings, instances } from './tables.ts'

export type Binding = typeof bindings.$inferSelect

/** Saved bindings. They hold no credentials: those are the instance's outputs. */
export class Bindings {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async find(instanceId: string, id: string): Promise<Binding | undefined> {
    const [binding] = await this.#db
      .select()
      .from(bindings)
      .where(and(eq(bindings.instanceId, instanceId), eq(bindings.id, id)))
    return binding
  }

  /** @returns false when a binding of this id was there first, or the instance has gone. */
  create(binding: Omit<Binding, 'createdAt'>): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      const [instance] = await tx
        .select({ id: instances.id })
        .from(instances)
        .where(eq(instances.id, binding.instanceId))
        .for('key share')
      if (!instance) return false
      const inserted = await tx.insert(bindings).values(binding).onConflictDoNothing().returning()
      return inserted.length > 0
    })
  }

  /** @returns false when there was none. */
  async delete(instanceId: string, id: string): Promise<boolean> {
    const deleted = await this.#db
      .delete(bindings)
      .where(and(eq(bindings.instanceId, instanceId), eq(bindings.id, id)))
      .returning()
    return deleted.length > 0
  }
}
