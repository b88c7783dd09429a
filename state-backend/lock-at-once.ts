import { and, eq, isNull, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Caller } from './grants.ts'
import type { LockInfo } from './lock-info.ts'
import { prepared } from './postgres/prepared.ts'
import { UNLOCKED } from './stacks.ts'
import type { Database } from './store.ts'
import { stacks } from './tables.ts'
import { unlessRefused } from './unless-refused.ts'

const { placeholder } = sql

/** Takes the lock of a stack that is known and that nobody has locked. @returns whether it did */
export async function lockAtOnce(db: Database, stack: string, info: LockInfo, caller: Caller) {
  const { name: holder, grant = null } = caller
  const rows = await statements(db).lock.execute({ stack, id: info.ID, info, holder, grant })
  return rows.length > 0
}

/** Gives up the caller's own lock. @returns whether it did */
export async function unlockAtOnce(db: Database, stack: string, id: string, caller: Caller) {
  const { name: holder, grant = null } = caller
  const rows = await statements(db).unlock.execute({ stack, id, holder, grant })
  return rows.length > 0
}

const statements = prepared((db) => {
  const unlocked = unlessRefused(db, isNull(stacks.lockId))
  const own = unlessRefused(
    db,
    and(
      eq(stacks.lockId, placeholder('id')),
      eq(stacks.lockHolder, placeholder('holder')),
      sql`${stacks.lockGrant} is not distinct from ${placeholder('grant')}`,
    ),
  )
  const given = (name: string, column: PgColumn) => sql`${sql.param(placeholder(name), column)}`
  const lock = {
    lockId: given('id', stacks.lockId),
    lockInfo: given('info', stacks.lockInfo),
    lockHolder: given('holder', stacks.lockHolder),
    lockGrant: given('grant', stacks.lockGrant),
  }
  return {
    lock: db
      .with(...unlocked.tables)
      .update(stacks)
      .set(lock)
      .where(eq(stacks.name, unlocked.name))
      .returning({ name: stacks.name })
      .prepare('state_lock'),
    unlock: db
      .with(...own.tables)
      .update(stacks)
      .set(UNLOCKED)
      .where(eq(stacks.name, own.name))
      .returning({ name: stacks.name })
      .prepare('state_unlock'),
  }
})
