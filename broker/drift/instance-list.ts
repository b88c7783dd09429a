import { and, count, eq, inArray, min, ne, notExists, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/database.ts'
import { instances } from '../instances/tables.ts'
import type { OperationState, OperationType } from '../model/operation.ts'
import { createdAtFirst, lastOfEach } from '../operations/last-operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import type { DriftState } from './finding.ts'
import { latestCheck } from './latest-check.ts'
import type { DriftCheck } from './records.ts'
import { driftStandings } from './tables.ts'

/** An instance with its last operation and its last drift check. */
export interface ListedInstance extends InstanceStatus {
  check: DriftCheck | undefined
}

/** The filters of a list; an instance fits if it fits all that are given. */
export interface InstanceFilters {
  name?: string | undefined
  /** A guid or a name; likewise the organization. */
  space?: string | undefined
  organization?: string | undefined
  planIds?: string[] | undefined
  drift?: DriftState | 'unchecked' | undefined
  /** The type or the state of the last operation. */
  operation?: OperationType | OperationState | undefined
  /** Whether its maintenance version is this one. */
  maintenanceVersion?: { is: string } | { isNot: string } | undefined
}

/** Lists instances by pages, oldest first. Filters and counts are the database's work. */
export class InstanceList {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * @param after the instance that the page comes after; it may be gone
   * @returns undefined when there has never been an instance of that id
   */
  async page(filters: InstanceFilters, limit: number, after?: string): Promise<ListedInstance[] | undefined> {
    const created = after === undefined ? undefined : await this.#creationOf(after)
    if (after !== undefined && created === undefined) return undefined
    const isAfter =
      created === undefined
        ? undefined
        : sql`(${instances.createdAt}, ${instances.id}) > (${created}::timestamptz, ${after})`
    const last = lastOfEach(this.#db)
    const rows = await this.#db
      .select()
      .from(instances)
      .innerJoinLateral(last, sql`true`)
      .leftJoinLateral(latestCheck(this.#db), sql`true`)
      .where(and(this.#conditionOf(filters, last), isAfter))
      .orderBy(instances.createdAt, instances.id)
      .limit(limit)
    return rows.map((row) => ({
      instance: row.instances,
      operation: row.last,
      check: row.latest ?? undefined,
    }))
  }

  /** How many instances fit. */
  async count(filters: InstanceFilters): Promise<number> {
    const last = lastOfEach(this.#db)
    const query = this.#db.select({ fitting: count() }).from(instances).$dynamic()
    if (filters.operation) query.innerJoinLateral(last, sql`true`)
    const [row] = await query.where(this.#conditionOf(filters, last))
    return row?.fitting ?? 0
  }

  /** How many instances are in each drift state, and since when the one was not checked that waits longest. */
  async driftStates(): Promise<{
    unchecked: number
    checked: { state: DriftState; instances: number; oldestCheck: Date | null }[]
  }> {
    const { state, checkedAt } = driftStandings
    const [all, checked] = await Promise.all([
      this.count({}),
      this.#db
        .select({ state, instances: count(), oldestCheck: min(checkedAt) })
        .from(driftStandings)
        .groupBy(state),
    ])
    const seen = checked.reduce((sum, { instances }) => sum + instances, 0)
    // One may have come or gone between the two.
    return { unchecked: Math.max(all - seen, 0), checked }
  }

  #conditionOf(filters: InstanceFilters, last: ReturnType<typeof lastOfEach>): SQL | undefined {
    const { name, space, organization, planIds, drift, operation, maintenanceVersion: version } = filters
    const inContext = (key: string, value: string) =>
      sql`${instances.context} ->> ${sql.raw(`'${key}'`)} = ${value}`
    return and(
      name === undefined ? undefined : inContext('instance_name', name),
      space === undefined ? undefined : or(eq(instances.spaceGuid, space), inContext('space_name', space)),
      organization === undefined
        ? undefined
        : or(eq(instances.organizationGuid, organization), inContext('organization_name', organization)),
      planIds && inArray(instances.planId, planIds),
      version && 'is' in version ? eq(instances.maintenanceVersion, version.is) : undefined,
      version && 'isNot' in version ? ne(instances.maintenanceVersion, version.isNot) : undefined,
      operation && or(eq(sql`${last.state}`, operation), eq(sql`${last.type}`, operation)),
      drift && this.#stands(drift),
    )
  }

  #stands(drift: DriftState | 'unchecked'): SQL {
    const { instanceId, state } = driftStandings
    const ofInstance = this.#db.select().from(driftStandings).where(eq(instanceId, instances.id))
    if (drift === 'unchecked') return notExists(ofInstance)
    return inArray(instances.id, this.#db.select({ instanceId }).from(driftStandings).where(eq(state, drift)))
  }

  /** When an instance was created, to the microsecond; one that is gone, too. */
  async #creationOf(id: string): Promise<string | undefined> {
    const [found] = await this.#db
      .select({ time: sql<string>`${instances.createdAt}::text` })
      .from(instances)
      .where(eq(instances.id, id))
    return found ? found.time : createdAtFirst(this.#db, id)
  }
}
