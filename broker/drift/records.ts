import { isDeepStrictEqual } from 'node:util'
import { and, desc, eq, exists, gt, inArray, lt, lte, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../database/database.ts'
import type { Instance } from '../instances/instance.ts'
import { changeInstance, findInstance, lockInstance, lockInstances } from '../instances/rows.ts'
import { instances } from '../instances/tables.ts'
import { lastOperation, lastOperations } from '../operations/last-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import type { DriftState } from './finding.ts'
import { latestCheck } from './latest-check.ts'
import { driftBaselines, driftChecks, driftStandings } from './tables.ts'

export type DriftCheck = typeof driftChecks.$inferSelect

export type NewCheck = Omit<DriftCheck, 'id'>

export interface Saved {
  check: DriftCheck
  /** The one before. */
  before: DriftCheck | undefined
}

export type Baseline = Omit<typeof driftBaselines.$inferSelect, 'instanceId' | 'plannedAt'>

/** An instance that was found clean by a plan. */
export interface Known {
  last: DriftCheck
  baseline: typeof driftBaselines.$inferSelect
}

export type Announce = (tx: Database, instance: Instance, news: DriftCheck) => Promise<void>

/** The findings of checks. */
export class DriftRecords {
  readonly #db: Database
  readonly #announce: Announce

  /** @param announce is told of news, in the transaction that saves them */
  constructor(db: Database, announce: Announce = async () => {}) {
    this.#db = db
    this.#announce = announce
  }

  /** Whether any process has checked an instance after this time. */
  async checkedSince(instanceId: string, time: Date): Promise<boolean> {
    const [check] = await this.#db
      .select({ id: driftChecks.id })
      .from(driftChecks)
      .where(and(eq(driftChecks.instanceId, instanceId), gt(driftChecks.checkedAt, time)))
      .limit(1)
    return check !== undefined
  }

  /**
   * Saves what a check found, unless an operation has run since it began: then it says nothing.
   * @param last the instance's last operation when the check began
   * @param baseline what the plan has depended on; it counts when the plan found nothing
   */
  save(found: NewCheck, last: Operation, baseline?: Baseline): Promise<Saved | undefined> {
    return this.#db.transaction(async (tx) => {
      const instance = await lockInstance(tx, found.instanceId)
      if (!instance || (await newerOperation(tx, last))) return undefined
      return this.insert(tx, found, baseline)
    })
  }

  /** To be called in a transaction that has made sure that nothing newer is known. */
  async insert(tx: Database, found: NewCheck, baseline?: Baseline): Promise<Saved> {
    const [before] = await latestOf(tx, found.instanceId)
    const [saved] = await tx.insert(driftChecks).values(found).returning()
    const check = saved as DriftCheck
    await saveStandings(tx, [found.instanceId], found)
    // A look that failed tells nothing of what was known before.
    if (found.state !== 'error') {
      const missingSince = found.state === 'missing' ? found.checkedAt : null
      await changeInstance(tx, found.instanceId, { missingSince })
    }
    if (baseline && found.state === 'clean') await this.#saveBaseline(tx, found, baseline)
    const instance = isNews(found, before) && (await findInstance(tx, found.instanceId))
    if (instance) await this.#announce(tx, instance, check)
    return { check, before }
  }

  /** The last check of each instance, and what the last plan that found it clean has depended on. */
  async known(): Promise<Map<string, Known>> {
    const [checks, baselines] = await Promise.all([
      this.latestOfAll(),
      this.#db.select().from(driftBaselines),
    ])
    return new Map(
      baselines.flatMap((baseline) => {
        const last = checks.get(baseline.instanceId)
        return last ? [[baseline.instanceId, { last, baseline }] as const] : []
      }),
    )
  }

  /**
   * Saves that instances were found as clean as before, unless an operation has run since. Looks in a row are one
   * check, whose time is the last one's.
   * @returns the ids of those that it was saved of
   */
  saveLooked(looked: (Known & { status: InstanceStatus })[], checkedAt: Date): Promise<string[]> {
    if (looked.length === 0) return Promise.resolve([])
    return this.#db.transaction(async (tx) => {
      const ids = looked.map(({ baseline }) => baseline.instanceId)
      await lockInstances(tx, ids)
      const [operations, checks] = [await lastOperations(tx, ids), await latestIds(tx, ids)]
      // The checks of an instance that has gone have gone with it.
      const saved = looked.filter(
        ({ baseline: { instanceId }, status, last }) =>
          operations.get(instanceId)?.id === status.operation.id && checks.has(last.id),
      )
      const again = saved.filter((one) => !one.last.planned)
      const first = saved.filter((one) => one.last.planned)
      if (again.length > 0) {
        const rows = again.map((one) => one.last.id)
        await tx.update(driftChecks).set({ checkedAt }).where(inArray(driftChecks.id, rows))
      }
      const found = { state: 'clean' as const, findings: [], message: null, durationMilliseconds: 0 }
      if (first.length > 0) {
        await tx.insert(driftChecks).values(
          first.map(({ baseline: { instanceId } }) => ({
            instanceId,
            ...found,
            checkedAt,
            planned: false,
          })),
        )
      }
      const decided = saved.map(({ baseline }) => baseline.instanceId)
      await saveStandings(tx, decided, { state: 'clean', checkedAt })
      return decided
    })
  }

  async #saveBaseline(tx: Database, { instanceId, checkedAt }: NewCheck, baseline: Baseline): Promise<void> {
    const values = { ...baseline, plannedAt: checkedAt }
    await tx
      .insert(driftBaselines)
      .values({ instanceId, ...values })
      .onConflictDoUpdate({ target: driftBaselines.instanceId, set: values })
  }

  /** Newest first. */
  history(instanceId: string, limit: number): Promise<DriftCheck[]> {
    return latestOf(this.#db, instanceId, limit)
  }

  /** The last check of every instance, by instance id; those that were never checked are not in it. */
  async latestOfAll(): Promise<Map<string, DriftCheck>> {
    const rows = await this.#db.select().from(instances).innerJoinLateral(latestCheck(this.#db), sql`true`)
    return new Map(rows.map(({ latest: check }) => [check.instanceId, check as DriftCheck]))
  }

  /** Drops what is older than so many days; an instance's last check stays. */
  async prune(days: number): Promise<void> {
    const newer = alias(driftChecks, 'newer')
    const isOvertaken = exists(
      this.#db
        .select()
        .from(newer)
        .where(and(eq(newer.instanceId, driftChecks.instanceId), gt(newer.checkedAt, driftChecks.checkedAt))),
    )
    const limit = sql`now() - make_interval(days => ${days})`
    await this.#db.delete(driftChecks).where(and(lt(driftChecks.checkedAt, limit), isOvertaken))
  }
}

function latestOf(db: Database, instanceId: string, limit = 1): Promise<DriftCheck[]> {
  return db
    .select()
    .from(driftChecks)
    .where(eq(driftChecks.instanceId, instanceId))
    .orderBy(desc(driftChecks.checkedAt))
    .limit(limit)
}

async function latestIds(db: Database, instanceIds: string[]): Promise<Set<string>> {
  const { instanceId, id, checkedAt } = driftChecks
  const rows = await db
    .selectDistinctOn([instanceId], { id })
    .from(driftChecks)
    .where(inArray(instanceId, instanceIds))
    .orderBy(instanceId, desc(checkedAt))
  return new Set(rows.map((row) => row.id))
}

/** The last check is the newest one, here as in the history, whichever was saved last. */
async function saveStandings(
  tx: Database,
  instanceIds: string[],
  { state, checkedAt }: { state: DriftState; checkedAt: Date },
): Promise<void> {
  if (instanceIds.length === 0) return
  await tx
    .insert(driftStandings)
    .values(instanceIds.map((instanceId) => ({ instanceId, state, checkedAt })))
    .onConflictDoUpdate({
      target: driftStandings.instanceId,
      set: { state, checkedAt },
      setWhere: lte(driftStandings.checkedAt, checkedAt),
    })
}

/** Told by its id: the database keeps microseconds, of which a `Date` has lost some. */
async function newerOperation(db: Database, last: Operation): Promise<boolean> {
  const latest = await lastOperation(db, last.instanceId)
  return latest?.id !== last.id || latest.state === 'in progress'
}

/** A first check that finds nothing is no news; that all is well again is. */
function isNews(found: NewCheck, before: DriftCheck | undefined): boolean {
  if (!before) return found.state !== 'clean'
  return before.state !== found.state || !isDeepStrictEqual(before.findings, asStored(found.findings))
}

const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value))
