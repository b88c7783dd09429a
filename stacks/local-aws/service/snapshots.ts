import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { transaction } from './database.ts'
import { nodeDirectory } from './directories.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import { type Command, withNode } from './redis-connection.ts'

/** A copy of a group's data under a name of its own; it stays when the group goes. */
export interface Snapshot {
  snapshotName: string
  replicationGroupId: string
  createdAt: Date
}

const POLL_MILLISECONDS = 20
/** Where Redis looks for data when it starts without an append-only file. */
const DUMP = 'dump.rdb'

export function findSnapshots(database: DatabaseSync): Snapshot[] {
  const rows = database.prepare('SELECT name, record FROM snapshot ORDER BY name').all()
  return rows.map((row) => {
    const { replicationGroupId, createdAt } = JSON.parse(String(row.record))
    return { snapshotName: String(row.name), replicationGroupId, createdAt: new Date(createdAt) }
  })
}

export function snapshotExists(database: DatabaseSync, name: string): boolean {
  return database.prepare('SELECT 1 FROM snapshot WHERE name = ?').get(name) !== undefined
}

/** Copies the data of a running primary, unless that has been done already. First the file, then the record. */
export async function takeSnapshot(
  database: DatabaseSync,
  directory: string,
  group: GroupRecord,
  name: string,
): Promise<void> {
  const [primary] = group.nodes
  if (!primary || snapshotExists(database, name)) return
  const dump = join(nodeDirectory(directory, group.id, primary.id), DUMP)
  await withNode(directory, group, primary, (command) => command('SAVE'))
  await mkdir(join(directory, 'snapshots'), { recursive: true, mode: 0o700 })
  await rename(dump, snapshotFile(directory, name))
  const record = { replicationGroupId: group.id, createdAt: Date.now() }
  transaction(database, () =>
    database.prepare('INSERT INTO snapshot VALUES (?, ?)').run(name, JSON.stringify(record)),
  )
}

export async function removeSnapshot(database: DatabaseSync, directory: string, name: string): Promise<void> {
  transaction(database, () => database.prepare('DELETE FROM snapshot WHERE name = ?').run(name))
  await rm(snapshotFile(directory, name), { force: true })
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
