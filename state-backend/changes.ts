import { eq, max } from 'drizzle-orm'
import { appendAtOnce } from './append-at-once.ts'
import { StateBackendError } from './errors.ts'
import { type Caller, requireLiveGrant } from './grants.ts'
import { requireLock, requireNoLock } from './locks.ts'
import { claimStack, holdStack, type StackRow } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { stacks, versions } from './tables.ts'
import { isLeap, nextSerial, parseState, type TerraformState, withSerial } from './terraform-state.ts'
import { append, readVersion, type StateWrite, type Version } from './versions.ts'

/**
 * Makes `body` the current state. All checks and the write are one statement or, where something stands in its way, one
 * transaction, under the lock of the stack's row.
 * @throws StateBackendError `malformed`, `forbidden`, `lockRequired`, `locked`, `conflict`
 */
export async function writeState(
  store: Store,
  stack: string,
  body: Uint8Array,
  lockId: string | undefined,
  caller: Caller,
): Promise<void> {
  const state = parseState(body)
  const write = { body, state, writer: caller.name }
  const done = lockId === undefined ? undefined : await appendAtOnce(store, stack, write, lockId, caller)
  const written =
    done ??
    (await store.db.transaction(async (tx) => {
      const row = await claimStack(tx, stack)
      await requireLiveGrant(tx, caller)
      requireLock(row, lockId)
      return advance(store, tx, row, write)
    }))
  if (written) store.log.info({ stack, ...written }, 'State written')
}

/**
 * Takes in a state from elsewhere, byte for byte, by the same rules. What is current here already stays.
 * @throws StateBackendError `malformed`, `locked` while anybody works on the state, `conflict`
 */
export async function importState(
  store: Store,
  stack: string,
  body: Uint8Array,
  writer: string,
): Promise<void> {
  const state = parseState(body)
  const written = await store.db.transaction(async (tx) => {
    const row = await claimStack(tx, stack)
    requireNoLock(row)
    return advance(store, tx, row, { body, state, writer })
  })
  if (written) store.log.info({ stack, ...written }, 'State imported')
}

/** @returns undefined when `body` is current already */
async function advance(
  store: Store,
  tx: Database,
  row: StackRow,
  write: StateWrite,
): Promise<Version | undefined> {
  const { body, state } = write
  requireSameLineage(row, state)
  if (row.version !== null && row.serial !== null && state.serial <= row.serial) {
    if (state.serial < row.serial) {
      throw conflict(`The serial ${state.serial} is older than the current one, ${row.serial}.`)
    }
    const current = await readVersion({ db: tx, keyRing: store.keyRing }, row.name, row.version)
    // A repeated request whose answer got lost.
    if (Buffer.from(current).equals(body)) return undefined
    throw conflict(`The serial ${state.serial} is the current one, which has other content.`)
  }
  if (isLeap(state.serial, row.serial)) {
    throw conflict(
      `The serial ${state.serial} is far above the current one, ${row.serial ?? 0}. Take the current one and add 1.`,
    )
  }
  return append(store, tx, row, write)
}

/**
 * Terraform's DELETE: the stack has no state any more. Its versions stay, so that it can be restored.
 * Terraform sends no lock id with it: whoever took the lock may do it.
 * @throws StateBackendError `forbidden`, `lockRequired`, `locked`
 */
export async function deleteState(
  store: Store,
  stack: string,
  lockId: string | undefined,
  caller: Caller,
): Promise<void> {
  await store.db.transaction(async (tx) => {
    const row = await holdStack(tx, stack)
    await requireLiveGrant(tx, caller)
    if (!row) return
    const ownLock =
      row.lockId !== null && row.lockHolder === caller.name && row.lockGrant === (caller.grant ?? null)
    if (!ownLock) requireLock(row, lockId)
    await tx.update(stacks).set({ version: null, lineage: null, serial: null }).where(eq(stacks.name, stack))
  })
  store.log.info({ stack, writer: caller.name }, 'State deleted; its versions are kept')
}

/**
 * Makes an old version current again, as a new version with a higher serial than any before, or, where one is so high
 * that there is none above it, than the version itself had.
 * @throws StateBackendError `notFound`, `locked` while anybody works on the state, `conflict` for another lineage
 */
export async function restoreVersion(
  store: Store,
  stack: string,
  version: number,
  writer: string,
): Promise<Version> {
  const restored = await store.db.transaction(async (tx) => {
    const row = await holdStack(tx, stack)
    if (!row) throw new StateBackendError('notFound', `There is no state of ${stack}.`)
    requireNoLock(row)
    const old = await readVersion({ db: tx, keyRing: store.keyRing }, stack, version)
    const before = parseState(old)
    requireSameLineage(row, before)
    const [highest] = await tx
      .select({ serial: max(versions.serial) })
      .from(versions)
      .where(eq(versions.stack, stack))
    const body = withSerial(old, nextSerial(highest?.serial, row.serial, before.serial))
    const write = { body, state: parseState(body), writer: `${writer} (restored version ${version})` }
    return append(store, tx, row, write)
  })
  store.log.info({ stack, ...restored }, 'State restored')
  return restored
}

function requireSameLineage(row: StackRow, state: TerraformState): void {
  if (row.lineage === null || row.lineage === state.lineage) return
  throw conflict(`The lineage is ${state.lineage}, but that of the current state is ${row.lineage}.`)
}

function conflict(message: string): StateBackendError {
  return new StateBackendError('conflict', message)
}
