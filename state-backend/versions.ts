import { and, desc, eq, lte } from 'drizzle-orm'
import { StateBackendError } from './errors.ts'
import type { StackRow } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { stacks, versions } from './tables.ts'
import type { TerraformState } from './terraform-state.ts'

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

/** Saves `body` as the newest version, makes it current, and drops what is too old. `row` must be locked. */
export async function append(
  store: Store,
  tx: Database,
  row: StackRow,
  body: Uint8Array,
  { serial, lineage }: TerraformState,
  writer: string,
): Promise<Version> {
  const { keyRing, limits } = store
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
  return saved as Version
}
