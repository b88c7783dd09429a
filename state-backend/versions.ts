import { and, desc, eq, inArray, lte, max, type SQL, sql } from 'drizzle-orm'
import type { KeyRing } from './encryption/key-ring.ts'
import { StateBackendError } from './errors.ts'
import { prepared } from './postgres/prepared.ts'
import type { StackRow } from './stacks.ts'
import type { Database, Store } from './store.ts'
import { stacks, versions } from './tables.ts'
import { parseState, type TerraformState } from './terraform-state.ts'

/** An accepted write. `size` is in bytes, as terraform sent it. */
export interface Version {
  version: number
  serial: number
  lineage: string
  size: number
  writer: string
  createdAt: Date
}

/** A state that is to become the newest version. */
export interface StateWrite {
  body: Uint8Array
  /** The body, read. */
  state: TerraformState
  writer: string
}

type VersionRow = typeof versions.$inferSelect

const VERSION = {
  version: versions.version,
  serial: versions.serial,
  lineage: versions.lineage,
  size: versions.size,
  writer: versions.writer,
  createdAt: versions.createdAt,
}

/** The place that a version's encryption is bound to: it opens as this version of this stack only. */
export const placeOf = (stack: string, version: number) => `state/${stack}/${version}`

/** Rows that do not fit together: somebody has changed the database. The message holds no secrets. */
export class TamperedStateError extends Error {
  override name = 'TamperedStateError'

  constructor(stack: string, what: string) {
    super(
      `The state of ${stack} was changed in the database: ${what}. Put a backup of the whole database back.`,
    )
  }
}

/**
 * The current state, byte for byte as it was written; undefined when there is none. An older version that was made
 * the current one in the database, and not by `restoreVersion`, is noticed as long as any row of it is of now. Who
 * puts all rows of a stack back as they were is not.
 * @throws TamperedStateError
 */
export async function readCurrent(store: Store, stack: string): Promise<Uint8Array | undefined> {
  const [row] = await currentRow(store.db).execute({ stack })
  return row && openCurrent(store, row)
}

const currentRow = prepared((db) =>
  currentRows(db, eq(stacks.name, sql.placeholder('stack'))).prepare('state_current'),
)

/**
 * The current states of many stacks, in one statement. Those that there are not, or that do not open, are left out:
 * a look at the one alone tells why.
 */
export async function readCurrentOfMany(store: Store, names: string[]): Promise<Map<string, Uint8Array>> {
  const rows = names.length === 0 ? [] : await currentRows(store.db, inArray(stacks.name, names))
  const opened = rows.flatMap((row) => {
    try {
      const body = openCurrent(store, row)
      return body ? [[row.current.name, body] as const] : []
    } catch (err) {
      store.log.error({ err, stack: row.current.name }, 'a state could not be read')
      return []
    }
  })
  return new Map(opened)
}

function currentRows(db: Database, condition: SQL) {
  const newest = db
    .select({ newest: max(versions.version) })
    .from(versions)
    .where(eq(versions.stack, stacks.name))
  return db
    .select({ current: stacks, content: versions, newest: sql<number | null>`(${newest})` })
    .from(stacks)
    .leftJoin(versions, and(eq(versions.stack, stacks.name), eq(versions.version, stacks.version)))
    .where(condition)
}

function openCurrent(
  { keyRing }: Store,
  { current, content, newest }: Awaited<ReturnType<typeof currentRows>>[number],
): Uint8Array | undefined {
  if (current.version === null) return undefined
  const stack = current.name
  // Every change, a restored version too, is a new version: the current one is always the last.
  if (!content || current.version !== newest || current.version !== current.lastVersion) {
    throw new TamperedStateError(stack, `version ${current.version} is not the last one`)
  }
  if (current.serial !== content.serial || current.lineage !== content.lineage) {
    throw new TamperedStateError(stack, `version ${current.version} is not the one that was made current`)
  }
  return open(keyRing, content)
}

/** @throws TamperedStateError when its row says another serial or lineage than the state itself */
function open(keyRing: KeyRing, row: VersionRow) {
  const body = keyRing.decrypt(row.sealed, placeOf(row.stack, row.version))
  const { serial, lineage } = parseState(body)
  if (serial !== row.serial || lineage !== row.lineage) {
    throw new TamperedStateError(row.stack, `version ${row.version} has another serial or lineage`)
  }
  return body
}

/** @throws StateBackendError `notFound`, TamperedStateError */
export async function readVersion(
  { db, keyRing }: Pick<Store, 'db' | 'keyRing'>,
  stack: string,
  version: number,
): Promise<Uint8Array> {
  const [row] = await db
    .select()
    .from(versions)
    .where(and(eq(versions.stack, stack), eq(versions.version, version)))
  if (!row)
    throw new StateBackendError('notFound', `There is no version ${version} of the state of ${stack}.`)
  return open(keyRing, row)
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
  { body, state: { serial, lineage }, writer }: StateWrite,
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
