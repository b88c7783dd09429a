import { and, desc, eq, lte, max } from 'drizzle-orm'
import { StateBackendError } from './errors.ts'
import { type Caller, requireLiveGrant } from './grants.ts'
import { requireLock, requireNoLock } from './locks.ts'
import { claimStack, holdStack, type StackRow } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { stacks, versions } from './tables.ts'
import { parseState, type TerraformState, withSerial } from './terraform-state.ts'

/** An accepted write. `size` is in bytes, as terraform sent it. */
export interface Version {
  version: number
  serial: number
  lineage: string
  size: number
  writer: string
  createdAt: Date
}

const VERSION = {
  version: versions.version,
  serial: versions.serial,
  lineage: versions.lineage,
  size: versions.size,
  writer: versions.writer,
  createdAt: versions.createdAt,
}

/** What a version's encryption is bound to: it opens as this version of this stack only. */
export const placeOf = (stack: string, version: number) => `state/${stack}/${version}`

/** The current state, byte for byte as it was written; undefined when there is none. */
export async function readCurrent(store: Store, stack: string): Promise<Uint8Array | undefined> {
  const [row] = await store.db
    .select({ version: versions.version, sealed: versions.sealed })
    .from(stacks)
    .innerJoin(versions, and(eq(versions.stack, stacks.name), eq(versions.version, stacks.version)))
    .where(eq(stacks.name, stack))
  return row && store.keyRing.decrypt(row.sealed, placeOf(stack, row.version))
}

/** @throws StateBackendError `notFound` */
export async function readVersion(
  { db, keyRing }: Pick<Store, 'db' | 'keyRing'>,
  stack: string,
  version: number,
): Promise<Uint8Array> {
  const [row] = await db
    .select({ sealed: versions.sealed })
    .from(versions)
    .where(and(eq(versions.stack, stack), eq(versions.version, version)))
  if (!row)
    throw new StateBackendError('notFound', `There is no version ${version} of the state of ${stack}.`)
  return keyRing.decrypt(row.sealed, placeOf(stack, version))
}

/** The versions that are kept, newest first. */
export function listVersions(store: Store, stack: string): Promise<Version[]> {
  return store.db
    .select(VERSION)
    .from(versions)
    .where(eq(versions.stack, stack))
    .orderBy(desc(versions.version))
}

/**
 * Makes `body` the current state. All checks and the write are one transaction under the lock of the stack's row.
 * @throws StateBackendError `malformed`, `forbidden`, `lockRequired`, `locked`, `conflict`
 */
export function writeState(
  store: Store,
  stack: string,
  body: Uint8Array,
  lockId: string | undefined,
  caller: Caller,
): Promise<void> {
  const state = parseState(body)
  return store.db.transaction(async (tx) => {
    const row = await claimStack(tx, stack)
    await requireLiveGrant(tx, caller)
    requireLock(row, lockId)
    requireSameLineage(row, state)
    if (row.version !== null && row.serial !== null && state.serial <= row.serial) {
      if (state.serial < row.serial) {
        throw conflict(`The serial ${state.serial} is older than the current one, ${row.serial}.`)
      }
      const current = await readVersion({ db: tx, keyRing: store.keyRing }, stack, row.version)
      // A repeated request whose answer got lost.
      if (Buffer.from(current).equals(body)) return
      throw conflict(`The serial ${state.serial} is the current one, which has other content.`)
    }
    await append(store, tx, row, body, state, caller.name)
  })
}

/**
 * Terraform's DELETE: the stack has no state any more. Its versions stay, so that it can be restored.
 * Terraform sends no lock id with it: whoever took the lock may do it.
 * @throws StateBackendError `forbidden`, `lockRequired`, `locked`
 */
export function deleteState(
  store: Store,
  stack: string,
  lockId: string | undefined,
  caller: Caller,
): Promise<void> {
  return store.db.transaction(async (tx) => {
    const row = await holdStack(tx, stack)
    await requireLiveGrant(tx, caller)
    if (!row) return
    const ownLock = row.lockHolder === caller.name && row.lockGrant === (caller.grant ?? null)
    requireLock(row, lockId ?? (ownLock ? (row.lockId ?? undefined) : undefined))
    await tx.update(stacks).set({ version: null, lineage: null, serial: null }).where(eq(stacks.name, stack))
    store.log.info({ stack, writer: caller.name }, 'State deleted; its versions are kept')
  })
}

/**
 * Makes an old version current again, as a new version with a higher serial than any before.
 * @throws StateBackendError `notFound`, `locked` while anybody works on the state, `conflict` for another lineage
 */
export function restoreVersion(
  store: Store,
  stack: string,
  version: number,
  writer: string,
): Promise<Version> {
  return store.db.transaction(async (tx) => {
    const row = await holdStack(tx, stack)
    if (!row) throw new StateBackendError('notFound', `There is no state of ${stack}.`)
    requireNoLock(row)
    const old = await readVersion({ db: tx, keyRing: store.keyRing }, stack, version)
    requireSameLineage(row, parseState(old))
    const [highest] = await tx
      .select({ serial: max(versions.serial) })
      .from(versions)
      .where(eq(versions.stack, stack))
    const body = withSerial(old, (highest?.serial ?? 0) + 1)
    return append(store, tx, row, body, parseState(body), `${writer} (restored version ${version})`)
  })
}

async function append(
  store: Store,
  tx: Database,
  row: StackRow,
  body: Uint8Array,
  { serial, lineage }: TerraformState,
  writer: string,
): Promise<Version> {
  const { keyRing, limits, log } = store
  const stack = row.name
  const version = row.lastVersion + 1
  const sealed = keyRing.encrypt(body, placeOf(stack, version))
  const [saved] = await tx
    .insert(versions)
    .values({ stack, version, lineage, serial, size: body.length, writer, keyId: keyRing.primaryId, sealed })
    .returning(VERSION)
  await tx
    .update(stacks)
    .set({ version, lineage, serial, lastVersion: version })
    .where(eq(stacks.name, stack))
  await tx
    .delete(versions)
    .where(and(eq(versions.stack, stack), lte(versions.version, version - limits.versionsKept)))
  log.info({ stack, version, serial, size: body.length, writer }, 'State written')
  return saved as Version
}

function requireSameLineage(row: StackRow, state: TerraformState): void {
  if (row.lineage === null || row.lineage === state.lineage) return
  throw conflict(`The lineage is ${state.lineage}, but that of the current state is ${row.lineage}.`)
}

function conflict(message: string): StateBackendError {
  return new StateBackendError('conflict', message)
}
