import { createHash, randomBytes } from 'node:crypto'
import { and, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { isNewer } from './attempts.ts'
import { StateBackendError } from './errors.ts'
import type { Access } from './logins/operator-access.ts'
import { prepared } from './postgres/prepared.ts'
import { claimStack, requireStackName, type StackRow, UNLOCKED } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { grants, stacks } from './tables.ts'

/** Whom a request comes from. */
export interface Caller {
  /** Shown as the writer of a version and the holder of a lock. */
  name: string
  access: Access
  /** Key of the grant, for an attempt; an operator has none. */
  grant?: string
}

export interface GrantRequest {
  stack: string
  /** Identifies the attempt, for `revoke`: `<operation>/<number>`, where attempts come one after another. */
  attempt: string
  access: Access
  /** The attempt in words for people: "provision of 1234, attempt 2". */
  holder: string
}

/** For HTTP basic authentication. An attempt's user name is its stack's name. */
export interface Credentials {
  username: string
  password: string
}

/**
 * Minutes after which grants end by themselves: a process that died revokes nothing. To write, above the two hours
 * that an operation has at most; to read, above the four minutes of a check.
 */
const lifetimes: Record<Access, number> = { write: 3 * 60, read: 5 }

/**
 * Makes credentials for one attempt that open one stack.
 *
 * A new write grant is the fence between attempts: it ends every earlier write grant of the stack, and frees the
 * lock when one of those held it. It waits for a write that is on its way, and none comes after it.
 *
 * @throws StateBackendError `forbidden` for an attempt that comes late, after a newer one at the same operation
 */
export async function grant(store: Store, request: GrantRequest): Promise<Credentials> {
  const { stack, attempt, access, holder } = request
  const password = randomBytes(32).toString('base64url')
  requireStackName(stack)
  await store.db.delete(grants).where(lt(grants.expiresAt, sql`now()`))
  const fenced = await store.db.transaction(async (tx) => {
    const before = access === 'write' ? await fence(tx, request) : undefined
    await tx.insert(grants).values({
      passwordHash: hash(password),
      stack,
      attempt,
      access,
      holder,
      expiresAt: sql`now() + make_interval(mins => ${lifetimes[access]})`,
    })
    return before
  })
  if (fenced?.lockGrant) {
    const fields = { stack, lock: fenced.lockId, holder: fenced.lockHolder, by: holder }
    store.log.warn(fields, 'State lock of an earlier attempt taken over')
  }
  return { username: stack, password }
}

/** @returns the stack as it was before */
async function fence(tx: Database, { stack, attempt, holder }: GrantRequest): Promise<StackRow> {
  const row = await claimStack(tx, stack)
  const before = await tx
    .select({ attempt: grants.attempt })
    .from(grants)
    .where(and(eq(grants.stack, stack), eq(grants.access, 'write')))
  if (before.some((other) => isNewer(other.attempt, attempt))) throw attemptIsOver(holder)
  await tx
    .update(grants)
    .set({ endedAt: sql`now()` })
    .where(and(eq(grants.stack, stack), eq(grants.access, 'write'), isNull(grants.endedAt)))
  if (row.lockGrant !== null) await tx.update(stacks).set(UNLOCKED).where(eq(stacks.name, stack))
  return row
}

/**
 * The attempt is over: its credentials open nothing any more, also for writes that are on their way. A lock that
 * it still holds stays as a sign of what happened, until the next write grant or a force-unlock.
 */
export async function revoke(store: Store, attempt: string): Promise<void> {
  await store.db.transaction(async (tx) => {
    const own = tx.select({ stack: grants.stack }).from(grants).where(eq(grants.attempt, attempt))
    await tx.select().from(stacks).where(inArray(stacks.name, own)).orderBy(stacks.name).for('update')
    await tx
      .update(grants)
      .set({ endedAt: sql`now()` })
      .where(and(eq(grants.attempt, attempt), isNull(grants.endedAt)))
  })
}

/** As `revoke`, for all attempts to read whose names begin so: whoever made them has died. */
export async function revokeReads(store: Store, beginning: string): Promise<void> {
  await store.db
    .update(grants)
    .set({ endedAt: sql`now()` })
    .where(
      and(
        eq(grants.access, 'read'),
        sql`starts_with(${grants.attempt}, ${beginning})`,
        isNull(grants.endedAt),
      ),
    )
}

/**
 * The attempt with these credentials, for this stack.
 * @returns undefined when nobody has these credentials
 * @throws StateBackendError `forbidden` when the attempt is over or the stack is another one
 */
export async function attemptOf(
  store: Store,
  { username, password }: Credentials,
  stack: string,
): Promise<Caller | undefined> {
  const [row] = await unexpired(store.db).execute({ grant: hash(password) })
  if (row?.stack !== username) return undefined
  if (row.endedAt) throw attemptIsOver(row.holder)
  if (row.stack !== stack) {
    throw new StateBackendError('forbidden', `The credentials of ${row.holder} are for another stack.`)
  }
  return { name: row.holder, access: row.access, grant: row.passwordHash }
}

const unexpired = prepared((db) =>
  db
    .select()
    .from(grants)
    .where(and(eq(grants.passwordHash, sql.placeholder('grant')), sql`${grants.expiresAt} > now()`))
    .prepare('state_grant'),
)

/**
 * Checks again, under the lock of the stack's row, that the caller's attempt has not ended meanwhile.
 * @throws StateBackendError `forbidden`
 */
export async function requireLiveGrant(tx: Database, caller: Caller): Promise<void> {
  if (caller.grant === undefined) return
  const [row] = await tx.select().from(grants).where(eq(grants.passwordHash, caller.grant))
  if (!row || row.endedAt) throw attemptIsOver(caller.name)
}

/** Whether the attempt with this grant may still be at work. @param key of the grant */
export async function isLive(tx: Database, key: string): Promise<boolean> {
  const [row] = await tx
    .select()
    .from(grants)
    .where(and(eq(grants.passwordHash, key), isNull(grants.endedAt), sql`${grants.expiresAt} > now()`))
  return row !== undefined
}

function attemptIsOver(holder: string): StateBackendError {
  return new StateBackendError('forbidden', `The attempt is over: ${holder}.`)
}

/** The passwords are 256 random bits, so a plain hash keeps them as well as a slow one would. */
function hash(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}
