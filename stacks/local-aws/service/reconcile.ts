import { rm } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { transaction } from './database.ts'
import { groupDirectory } from './directories.ts'
import { configureNode, isRunning, removeNode, startNode } from './nodes.ts'
import { findParameterGroup } from './parameter-groups.ts'
import { leaveAddresses } from './promotion.ts'
import { findGroup, type GroupRecord, removeGroup, saveGroup } from './records.ts'
import { removeAutomatedSnapshots, takeSnapshot } from './snapshots.ts'

/**
 * Brings the processes and files of a group to where its record wants them, and notes that in the record.
 * Every change of a group is made this way: first the record, in a transaction, then this. A caller that
 * dies in between leaves an unsettled record, and the next call for the group, from any process, goes on
 * here. The caller holds the group's lock.
 */
export async function reconcile(database: DatabaseSync, directory: string, id: string): Promise<void> {
  const group = findGroup(database, id)
  if (!group) return
  if (group.status === 'deleting') return deleteGroup(database, directory, group)
  if (!group.unsettled && hasItsParameters(database, group)) return
  group.parameters = parametersOf(database, group)

  for (const node of group.nodes.filter(({ wanted }) => wanted === 'end')) {
    await removeNode(directory, group, node)
  }
  group.nodes = group.nodes.filter(({ wanted }) => wanted !== 'end')
  await leaveAddresses(directory, group)
  for (const node of group.nodes.filter(({ wanted }) => wanted === 'replace')) {
    await removeNode(directory, group, node)
    node.wanted = 'start'
  }

  try {
    await startNodes(directory, group)
  } catch (error) {
    group.statusReason = error instanceof Error ? error.message : String(error)
    group.status = group.status === 'creating' ? 'create-failed' : 'ready'
    for (const node of group.nodes) node.wanted = 'running'
  }
  await Promise.all(
    group.nodes.map(async (node) => {
      if (await isRunning(directory, group, node)) await configureNode(directory, group, node)
    }),
  )

  group.unsettled = false
  transaction(database, () => saveGroup(database, group))
}

/** Whether its nodes have been told what its parameter group says by now. */
export function hasItsParameters(database: DatabaseSync, group: GroupRecord): boolean {
  return isDeepStrictEqual(group.parameters ?? {}, parametersOf(database, group))
}

function parametersOf(database: DatabaseSync, { settings }: GroupRecord): Record<string, string> {
  return findParameterGroup(database, settings.cacheParameterGroupName)?.values ?? {}
}

/** The primary first: replicas copy from it. */
async function startNodes(directory: string, group: GroupRecord): Promise<void> {
  const [primary, ...replicas] = group.nodes
  for (const nodes of [primary ? [primary] : [], replicas]) {
    const outcomes = await Promise.allSettled(
      nodes
        .filter(({ wanted }) => wanted === 'start')
        .map(async (node) => {
          await startNode(directory, group, node)
          node.wanted = 'running'
        }),
    )
    const failure = outcomes.find(({ status }) => status === 'rejected')
    if (failure) throw (failure as PromiseRejectedResult).reason
  }
}

async function deleteGroup(database: DatabaseSync, directory: string, group: GroupRecord): Promise<void> {
  await takeFinalSnapshot(database, directory, group)
  await removeAutomatedSnapshots(database, directory, group.id)
  await Promise.all(group.nodes.map((node) => removeNode(directory, group, node)))
  await rm(groupDirectory(directory, group.id), { recursive: true, force: true })
  if (Date.now() < group.busyUntil) return
  transaction(database, () => removeGroup(database, group.id))
}

/** A primary that has died is started once more for it. */
async function takeFinalSnapshot(
  database: DatabaseSync,
  directory: string,
  group: GroupRecord,
): Promise<void> {
  const [primary] = group.nodes
  if (!group.finalSnapshotName || !primary) return
  await startNode(directory, group, primary)
  await takeSnapshot(database, directory, group, { name: group.finalSnapshotName })
  const { finalSnapshotName: _, ...rest } = group
  transaction(database, () => saveGroup(database, rest))
}
