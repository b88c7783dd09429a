import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { bindings, instances } from './tables.ts'

export type Binding = typeof bindings.$inferSelect

/** Saved bindings. They hold no credentials: those are the instance's outputs. */
export class Bindings {
  readonly #db: Database

  readonly #insert: ReturnType<typeof insertion>

  constructor(db: Database) {
    this.#db = db
    this.#insert = insertion(db)
  }

  async find(instanceId: string, id: string): Promise<Binding | undefined> {
    const [binding] = await this.#db
      .select()
      .from(bindings)
      .where(and(eq(bindings.instanceId, instanceId), eq(bindings.id, id)))
    return binding
  }

  /** @returns false when a binding of this id was there first, or the instance has gone. */
  async create(binding: Omit<Binding, 'createdAt'>): Promise<boolean> {
    const inserted = await this.#insert.execute(binding)
    return inserted.length > 0
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

/** One statement, so that a binding costs one way to the database. The instance stays until it is done. */
function insertion(db: Database) {
  const given = <Name extends keyof Binding>(name: Name, type: 'text' | 'integer') =>
    sql<Binding[Name]>`${sql.placeholder(name)}::${sql.raw(type)}`
  const values = db
    .select({
      id: given('id', 'text').as('id'),
      instanceId: instances.id,
      appGuid: given('appGuid', 'text').as('app_guid'),
      tokenGeneration: given('tokenGeneration', 'integer').as('token_generation'),
      createdAt: sql<Date>`now()`.as('created_at'),
    })
    .from(instances)
    .where(eq(instances.id, sql.placeholder('instanceId')))
    .for('key share')
  return db
    .insert(bindings)
    .select(values)
    .onConflictDoNothing()
    .returning({ id: bindings.id })
    .prepare('new_binding')
}
