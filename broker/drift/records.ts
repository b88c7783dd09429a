import { isDeepStrictEqual } from 'node:util'
import { and, desc, eq, exists, gt, inArray, lt, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../database/database.ts'
import { changeInstance, lockInstance } from '../instances/rows.ts'
import { instances } from '../instances/tables.ts'
import { lastOperation } from '../operations/last-operation.ts'
import type { Operation } from '../operations/operation.ts'
import { driftChecks, driftClaims } from './tables.ts'

export type DriftCheck = typeof driftChecks.$inferSelect

export type NewCheck = Omit<DriftCheck, 'id' | 'webhookDue'>

export type DriftClaim = typeof driftClaims.$inferSelect

export interface Saved {
  check: DriftCheck
  /** The one before. */
  before: DriftCheck | undefined
}

/** Minutes after which a check is stopped. Who waits for the broker's answer gives up after five. */
export const checkMinutes = 4

/** Minutes after which a claim ends by itself: longer than any check. */
const claimMinutes = 5

/** Who checks which instance, and what was found. */
export class DriftRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Takes an instance for one sweep.
   * @param since of a scheduled sweep: what any process has checked after it needs no other check
   * @returns undefined when another sweep has it, or has had it since; or when there is no such instance
   */
  async claim(instanceId: string, since?: Date): Promise<DriftClaim | undefined> {
    const checkedSince = this.#db
      .select({ id: driftChecks.id })
      .from(driftChecks)
      .where(and(eq(driftChecks.instanceId, instanceId), gt(driftChecks.checkedAt, since ?? sql`now()`)))
    const free = this.#db
      .select({
        instanceId: instances.id,
        // In milliseconds, as a `Date` keeps them: it tells whose claim it is.
        expiresAt: sql<Date>`date_trunc('milliseconds', now()) + make_interval(mins => ${claimMinutes})`.as(
          'expires_at',
        ),
      })
      .from(instances)
      .where(and(eq(instances.id, instanceId), since ? notExists(checkedSince) : undefined))
    const [claim] = await this.#db
      .insert(driftClaims)
      .select(free)
      .onConflictDoUpdate({
        target: driftClaims.instanceId,
        set: { expiresAt: sql`excluded.expires_at` },
        setWhere: lt(driftClaims.expiresAt, sql`now()`),
      })
      .returning()
    return claim
  }

  /** Leaves the claim of another sweep that has taken the instance since this one expired. */
  async release({ instanceId, expiresAt }: DriftClaim): Promise<void> {
    await this.#db
      .delete(driftClaims)
      .where(and(eq(driftClaims.instanceId, instanceId), eq(driftClaims.expiresAt, expiresAt)))
  }

  async releaseAll(): Promise<void> {
    await this.#db.delete(driftClaims)
  }

  /**
   * Saves what a check found, unless an operation has run since it began: then it says nothing.
   * @param last the instance's last operation when the check began
   */
  save(found: NewCheck, last: Operation): Promise<Saved | undefined> {
    return this.#db.transaction(async (tx) => {
      const instance = await lockInstance(tx, found.instanceId)
      if (!instance || (await newerOperation(tx, last))) return undefined
      return insertCheck(tx, found)
    })
  }

  /** Newest first. */
  history(instanceId: string, limit: number): Promise<DriftCheck[]> {
    return latestOf(this.#db, instanceId, limit)
  }

  /** The last check of every instance, by instance id; those that were never checked are not in it. */
  async latestOfAll(): Promise<Map<string, DriftCheck>> {
    const latest = this.#db
      .select()
      .from(driftChecks)
      .where(eq(driftChecks.instanceId, instances.id))
      .orderBy(desc(driftChecks.checkedAt))
      .limit(1)
      .as('latest')
    const rows = await this.#db.select().from(instances).innerJoinLateral(latest, sql`true`)
    return new Map(rows.map(({ latest: check }) => [check.instanceId, check as DriftCheck]))
  }

  /** What the webhook has to be told, oldest first, and no more than so many at once. */
  due(most: number): Promise<DriftCheck[]> {
    return this.#db
      .select()
      .from(driftChecks)
      .where(eq(driftChecks.webhookDue, true))
      .orderBy(driftChecks.checkedAt)
      .limit(most)
  }

  async told(checks: DriftCheck[]): Promise<void> {
    const ids = checks.map(({ id }) => id)
    await this.#db.update(driftChecks).set({ webhookDue: false }).where(inArray(driftChecks.id, ids))
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

/** In a transaction that has seen to it that nothing newer is known. */
export async function insertCheck(tx: Database, found: NewCheck): Promise<Saved> {
  const [before] = await latestOf(tx, found.instanceId)
  const webhookDue = isNews(found, before)
  const [check] = await tx
    .insert(driftChecks)
    .values({ ...found, webhookDue })
    .returning()
  // A look that failed tells nothing of what was known before.
  if (found.state !== 'error') {
    const missingSince = found.state === 'missing' ? found.checkedAt : null
    await changeInstance(tx, found.instanceId, { missingSince })
  }
  return { check: check as DriftCheck, before }
}

function latestOf(db: Database, instanceId: string, limit = 1): Promise<DriftCheck[]> {
  return db
    .select()
    .from(driftChecks)
    .where(eq(driftChecks.instanceId, instanceId))
    .orderBy(desc(driftChecks.checkedAt))
    .limit(limit)
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
