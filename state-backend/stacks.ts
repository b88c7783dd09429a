import { eq, sql } from 'drizzle-orm'
import { StateBackendError } from './errors.ts'
import type { Database, Store } from './store.ts'
import { grants, stacks } from './tables.ts'

export type StackRow = typeof stacks.$inferSelect

/** The columns of a stack without a lock. */
export const UNLOCKED = { lockId: null, lockInfo: null, lockHolder: null, lockGrant: null }

const STACK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** @throws StateBackendError `malformed` */
export function requireStackName(name: string): string {
  if (STACK_NAME.test(name)) return name
  throw new StateBackendError(
    'malformed',
    'A stack name is at most 128 letters, digits, dots, underscores and dashes, and starts with a letter or digit.',
  )
}

/** Locks the row of a stack until the transaction ends; makes it when it isn't there. */
export async function claimStack(tx: Database, name: string): Promise<StackRow> {
  const [row] = await tx
    .insert(stacks)
    .values({ name: requireStackName(name) })
    // An update that changes nothing locks the row, and returns it as it is after others have let it go.
    .onConflictDoUpdate({ target: stacks.name, set: { name: sql`excluded.name` } })
    .returning()
  return row as StackRow
}

/** Locks the row of a stack until the transaction ends, when there is one. */
export async function holdStack(tx: Database, name: string): Promise<StackRow | undefined> {
  const [row] = await tx
    .select()
    .from(stacks)
    .where(eq(stacks.name, requireStackName(name)))
    .for('update')
  return row
}

export async function findStack({ db }: Store, name: string): Promise<StackRow | undefined> {
  const [row] = await db.select().from(stacks).where(eq(stacks.name, name))
  return row
}

/** The names of all stacks that have a state. */
export async function listStacks(store: Store): Promise<string[]> {
  const rows = await store.db
    .select({ name: stacks.name })
    .from(stacks)
    .where(sql`${stacks.version} is not null`)
    .orderBy(stacks.name)
  return rows.map((row) => row.name)
}

/** Forgets a stack: all its versions, its lock and its grants. A terraform that still runs for it is shut out. */
export async function removeStack(store: Store, name: string): Promise<void> {
  await store.db.transaction(async (tx) => {
    await holdStack(tx, name)
    await tx.delete(grants).where(eq(grants.stack, name))
    await tx.delete(stacks).where(eq(stacks.name, name))
  })
  store.log.info({ stack: name }, 'State removed with all its versions')
}
