import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'
import { Fault } from './faults.ts'
import { withLock } from './lock.ts'
import { reconcile } from './reconcile.ts'
import { type GroupRecord, getGroup, saveGroup, statusOf } from './records.ts'

export interface Service {
  directory: string
  database: DatabaseSync
}

/**
 * Changes an existing group: first what a dead caller left unfinished, then `change` on the record, in one
 * transaction, then the processes behind it. `change` refuses by throwing, and nothing has changed then.
 */
export async function changeGroup(
  { database, directory }: Service,
  id: string,
  change: (group: GroupRecord) => void,
): Promise<void> {
  await withLock(directory, id, async () => {
    await reconcile(database, directory, id)
    transaction(database, () => {
      const group = getGroup(database, id)
      change(group)
      saveGroup(database, { ...group, unsettled: true })
    })
    await reconcile(database, directory, id)
  })
}

export function requireAvailable(group: GroupRecord): void {
  if (statusOf(group) !== 'available') {
    throw new Fault(
      'InvalidReplicationGroupState',
      `Replication group ${group.id} is not in available state: it is ${statusOf(group)}.`,
    )
  }
}

/** The group is busy, and takes no other change, for so long. */
export function startModification(
  group: GroupRecord,
  milliseconds: number,
  status: 'modifying' | 'snapshotting' = 'modifying',
): void {
  group.status = status
  delete group.statusReason
  delete group.authTokenStatus
  group.busyUntil = Date.now() + milliseconds
}
