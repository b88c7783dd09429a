import { access, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACCOUNT } from './account.ts'
import { transaction } from './database.ts'
import { nodeDirectory } from './directories.ts'
import { engineVersionOf, runningVersionOf } from './engine-versions.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import { type Command, withNode } from './redis-connection.ts'
import type { Tags } from './types.ts'

/** The record of a snapshot, beside its data. */
interface SnapshotRecord {
  replicationGroupId: string
  region: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** Until when it is `creating`, in milliseconds since 1970. */
  busyUntil: number
  /** Automated ones go with their group. */
  source: 'automated' | 'manual'
  /** Full: `6.2.6`. */
  engineVersion: string
  cacheNodeType: string
  port: number
  /** Bytes. */
  size: number
  /** Those of the group, at first. */
  tags: Tags
}

/** A copy of a group's data under a name of its own; it stays when the group goes, unless AWS made it by itself. */
export interface Snapshot extends Omit<SnapshotRecord, 'createdAt' | 'busyUntil'> {
  snapshotName: string
  arn: string
  createdAt: Date
  status: 'creating' | 'available'
  engine: 'redis' | 'valkey'
}

const POLL_MILLISECONDS = 20
/** Where Redis looks for data when it starts without an append-only file. */
const DUMP = 'dump.rdb'

export function findSnapshots(database: DatabaseSync): Snapshot[] {
  const rows = database.prepare('SELECT name, record FROM snapshot ORDER BY name').all()
  return rows.map(({ name, record }) => {
    const { createdAt, busyUntil, ...rest }: SnapshotRecord = JSON.parse(String(record))
    return {
      ...rest,
      snapshotName: String(name),
      arn: `arn:aws:elasticache:${rest.region}:${ACCOUNT}:snapshot:${name}`,
      createdAt: new Date(createdAt),
      status: Date.now() < busyUntil ? 'creating' : 'available',
      engine: runningVersionOf(rest.engineVersion).engine,
    }
  })
}

export function findSnapshot(database: DatabaseSync, name: string): Snapshot | undefined {
  return findSnapshots(database).find(({ snapshotName }) => snapshotName === name)
}

export function changeSnapshot(
  database: DatabaseSync,
  name: string,
  changes: Partial<Pick<SnapshotRecord, 'tags' | 'busyUntil'>>,
): void {
  const row = database.prepare('SELECT record FROM snapshot WHERE name = ?').get(name)
  if (!row) return
  const record = JSON.stringify({ ...JSON.parse(String(row.record)), ...changes })
  database.prepare('UPDATE snapshot SET record = ? WHERE name = ?').run(record, name)
}

/** The options of a new snapshot, beside its group. */
export interface NewSnapshot {
  name: string
  source?: SnapshotRecord['source']
  /** Over those of the group, which AWS copies. */
  tags?: Tags
  /** Milliseconds that it is `creating` for. */
  takes?: number
}

/** Copies the data of a running primary, unless that has been done already. First the file, then the record. */
export async function takeSnapshot(
  database: DatabaseSync,
  directory: string,
  group: GroupRecord,
  { name, source = 'manual', tags = {}, takes = 0 }: NewSnapshot,
): Promise<void> {
  const [primary] = group.nodes
  if (!primary || findSnapshot(database, name)) return
  const dump = join(nodeDirectory(directory, group.id, primary.id), DUMP)
  await withNode(directory, group, primary, (command) => command('SAVE'))
  await mkdir(join(directory, 'snapshots'), { recursive: true, mode: 0o700 })
  await rename(dump, snapshotFile(directory, name))
  const record: SnapshotRecord = {
    replicationGroupId: group.id,
    region: group.region,
    createdAt: Date.now(),
    busyUntil: Date.now() + takes,
    source,
    engineVersion: engineVersionOf(group.settings.engineVersion).actual,
    cacheNodeType: group.settings.cacheNodeType,
    port: group.port,
    size: (await stat(snapshotFile(directory, name))).size,
    tags: { ...group.tags, ...tags },
  }
  transaction(database, () =>
    database.prepare('INSERT INTO snapshot VALUES (?, ?)').run(name, JSON.stringify(record)),
  )
}

export async function removeSnapshot(database: DatabaseSync, directory: string, name: string): Promise<void> {
  transaction(database, () => database.prepare('DELETE FROM snapshot WHERE name = ?').run(name))
  await rm(snapshotFile(directory, name), { force: true })
}

/** Removes the snapshots that AWS has taken by itself: they go with their group. */
export async function removeAutomatedSnapshots(
  database: DatabaseSync,
  directory: string,
  groupId: string,
): Promise<void> {
  for (const { snapshotName, replicationGroupId, source } of findSnapshots(database)) {
    if (source === 'automated' && replicationGroupId === groupId) {
      await removeSnapshot(database, directory, snapshotName)
    }
  }
}

/**
 * Lays the group's snapshot ready for the first start of its primary. True: Redis has to start without an
 * append-only file, or it would not look at the snapshot; `finishRestore` then switches to one.
 */
export async function prepareRestore(
  directory: string,
  group: GroupRecord,
  node: NodeRecord,
): Promise<boolean> {
  const own = nodeDirectory(directory, group.id, node.id)
  const isPrimary = group.nodes[0]?.id === node.id
  if (!group.snapshotName || !isPrimary || group.status !== 'creating') return false
  const startedBefore =
    (await exists(join(own, 'appendonlydir'))) || (await exists(join(own, 'appendonly.aof')))
  if (startedBefore) return exists(join(own, DUMP))
  await copyFile(snapshotFile(directory, group.snapshotName), join(own, DUMP))
  return true
}

export async function finishRestore(own: string, command: Command): Promise<void> {
  await command('CONFIG', 'SET', 'appendonly', 'yes')
  const written = async () => {
    const persistence = await command('INFO', 'persistence')
    return ['aof_rewrite_scheduled:0', 'aof_rewrite_in_progress:0'].every((state) =>
      persistence.includes(state),
    )
  }
  while (!(await written())) await sleep(POLL_MILLISECONDS)
  await rm(join(own, DUMP), { force: true })
}

function snapshotFile(directory: string, name: string): string {
  return join(directory, 'snapshots', `${name}.rdb`)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
