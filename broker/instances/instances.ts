import { and, count, desc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
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

  /** The one that a replication group is of. @param prefix of the groups that the broker names after their stacks */
  async ofGroup(group: string, prefix: string): Promise<Instance | undefined> {
    const byStack = and(isNull(instances.adoptedGroup), eq(instances.stack, group.slice(prefix.length)))
    const [instance] = await this.#db
      .select()
      .from(instances)
      .where(or(eq(instances.adoptedGroup, group), group.startsWith(prefix) ? byStack : undefined))
    return instance
  }

  async ofStacks(stacks: string[]): Promise<Instance[]> {
    return this.#db
      .select()
      .from(instances)
      .where(inArray(instances.stack, stacks))
      .orderBy(instances.createdAt)
  }

  /**
   * Counts the instances that have been created, by organization and plan.
   * @returns also the organization's name as the platform has told it last
   */
  countsByPlan() {
    const counts = this.#db
      .select({
        organizationGuid: instances.organizationGuid,
        planId: instances.planId,
        instances: count().as('instances'),
      })
      .from(instances)
      .where(isNotNull(instances.outputs))
      .groupBy(instances.organizationGuid, instances.planId)
      .as('counts')
    const named = alias(instances, 'named')
    const name = sql<string | null>`${named.context} ->> 'organization_name'`
    const newest = this.#db
      .select({ organization: name.as('organization') })
      .from(named)
      .where(and(eq(named.organizationGuid, counts.organizationGuid), isNotNull(name)))
      .orderBy(desc(named.updatedAt))
      .limit(1)
      .as('newest')
    return this.#db.select().from(counts).leftJoinLateral(newest, sql`true`)
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
