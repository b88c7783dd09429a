import { eq } from 'drizzle-orm'
import { StateBackendError } from './errors.ts'
import { type Caller, isLive, requireLiveGrant } from './grants.ts'
import { lockAtOnce, unlockAtOnce } from './lock-at-once.ts'
import type { LockInfo } from './lock-info.ts'
import { claimStack, holdStack, type StackRow, UNLOCKED } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { stacks } from './tables.ts'

/** Who holds the lock of a stack: terraform's own words, and the name that we know the holder by. */
export interface LockHolder {
  info: LockInfo
  holder: string
  /** Whether an attempt has it, and not an operator. Absent where nothing tells. */
  ofAttempt?: boolean
}

/**
 * Takes the lock. Doing it again with the same id is no error: terraform repeats a request whose answer got lost.
 * @returns undefined, or who holds the lock already
 */
export async function lock(
  { db, log }: Store,
  stack: string,
  info: LockInfo,
  caller: Caller,
): Promise<LockHolder | undefined> {
  const done = await lockAtOnce(db, stack, info, caller)
  const other = done ? undefined : await lockUnlessHeld(db, stack, info, caller)
  const fields = { stack, lock: info.ID, operation: info.Operation, by: caller.name }
  if (other) log.warn({ ...fields, holder: other.holder }, 'State is locked already')
  else log.info(fields, 'State locked')
  return other
}

function lockUnlessHeld(
  db: Database,
  stack: string,
  info: LockInfo,
  caller: Caller,
): Promise<LockHolder | undefined> {
  return db.transaction(async (tx) => {
    const row = await claimStack(tx, stack)
    await requireLiveGrant(tx, caller)
    if (row.lockId !== null) return row.lockId === info.ID ? undefined : holderOf(row)
    await tx
      .update(stacks)
      .set({ lockId: info.ID, lockInfo: info, lockHolder: caller.name, lockGrant: caller.grant ?? null })
      .where(eq(stacks.name, stack))
    return undefined
  })
}

/**
 * Gives the lock up. Whoever may write and knows the id may do so, but for the lock of an attempt that is at work:
 * two at a time would write the state, or change AWS. The attempt itself gives it up, or the program around it.
 * Without a lock there is nothing to do, and that is no error: a repeated request whose answer got lost.
 * @param id undefined for any lock: `terraform force-unlock` of 1.11 does not send the id that its user gave.
 *   That is for operators; an attempt's terraform always names its lock.
 * @param evenAtWork for the program around, which knows whether the attempt is at work
 * @throws StateBackendError `locked` when the lock has another id, or its attempt is at work
 */
export async function unlock(
  { db, log }: Store,
  stack: string,
  id: string | undefined,
  caller: Caller,
  evenAtWork = false,
): Promise<void> {
  if (id !== undefined && (await unlockAtOnce(db, stack, id, caller))) {
    return log.info({ stack, lock: id, holder: caller.name, by: caller.name }, 'State unlocked')
  }
  const forced = id === undefined && caller.grant === undefined
  const held = await db.transaction(async (tx) => {
    const row = await holdStack(tx, stack)
    await requireLiveGrant(tx, caller)
    if (!row?.lockId) return undefined
    if (row.lockId !== id && !forced) throw lockedBy(row)
    const ofAnother = row.lockGrant !== null && row.lockGrant !== caller.grant
    if (ofAnother && !evenAtWork && (await isLive(tx, row.lockGrant as string))) {
      throw lockedBy(row, 'It is at work: end it with "npx redis-broker cancel", which frees the lock.')
    }
    await tx.update(stacks).set(UNLOCKED).where(eq(stacks.name, stack))
    return row
  })
  if (!held) return
  const fields = { stack, lock: held.lockId, holder: held.lockHolder, by: caller.name }
  if (forced || held.lockHolder !== caller.name) log.warn(fields, 'State lock forced open')
  else log.info(fields, 'State unlocked')
}

export function holderOf(row: StackRow): LockHolder | undefined {
  if (!row.lockInfo) return undefined
  return { info: row.lockInfo, holder: row.lockHolder ?? '', ofAttempt: row.lockGrant !== null }
}

/** @throws StateBackendError `lockRequired` without a lock, `locked` when the lock is not `id` */
export function requireLock(row: StackRow, id: string | undefined): void {
  if (row.lockId === null) {
    throw new StateBackendError('lockRequired', 'Lock the state before changing it (not -lock=false).')
  }
  if (row.lockId !== id) throw lockedBy(row)
}

/** @throws StateBackendError `locked` when anybody holds the lock */
export function requireNoLock(row: StackRow): void {
  if (row.lockId !== null) throw lockedBy(row)
}

function lockedBy({ lockInfo: info, lockHolder: holder }: StackRow, advice = ''): StateBackendError {
  const lock = `lock ${info?.ID}, ${info?.Operation ?? ''}, since ${info?.Created ?? ''}`
  return new StateBackendError('locked', `The state is locked by ${holder} (${lock}). ${advice}`.trim())
}
