import { transaction } from './database.ts'
import { withLock } from './lock.ts'
import { isRunning } from './nodes.ts'
import { reconcile } from './reconcile.ts'
import { findGroup, getGroup, listGroups, saveGroup } from './records.ts'
import type { Service } from './service.ts'

const RESTARTABLE = ['ready', 'creating', 'modifying', 'snapshotting']

/** More at once would only slow each other down. */
const AT_ONCE = 4

/**
 * Starts every node that does not run, with the data that it had, and goes on with whatever a dead caller
 * left. After a reboot no node runs; that is not drift, so it is put right without anybody asking.
 */
export async function restartNodes(service: Service): Promise<void> {
  const groups = listGroups(service.database).values()
  const workers = Array.from({ length: AT_ONCE }, async () => {
    // All workers draw from the same iterator.
    for (const { id } of groups) await withLock(service.directory, id, () => restartGroup(service, id))
  })
  await Promise.all(workers)
}

async function restartGroup({ database, directory }: Service, id: string): Promise<void> {
  await reconcile(database, directory, id)
  const group = findGroup(database, id)
  if (!group || !RESTARTABLE.includes(group.status)) return
  const running = await Promise.all(group.nodes.map((node) => isRunning(directory, group, node)))
  if (running.every(Boolean)) return
  transaction(database, () => {
    const current = getGroup(database, id)
    for (const [i, node] of current.nodes.entries()) if (!running[i]) node.wanted = 'start'
    saveGroup(database, { ...current, unsettled: true })
  })
  await reconcile(database, directory, id)
}
