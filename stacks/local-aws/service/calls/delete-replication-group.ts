import { readBehaviour } from '../behaviour.ts'
import { Fault } from '../faults.ts'
import { statusOf } from '../records.ts'
import { changeGroup, requireAvailable, type Service } from '../service.ts'
import { checkNewSnapshot } from './snapshots.ts'

const DELETABLE = ['available', 'create-failed']

/** Ends every process of the group and removes every file; a final snapshot stays. */
export async function deleteReplicationGroup(
  service: Service,
  {
    replicationGroupId,
    finalSnapshotIdentifier,
  }: { replicationGroupId: string; finalSnapshotIdentifier?: string },
): Promise<void> {
  const { deletionMilliseconds } = readBehaviour(service.database)
  await changeGroup(service, replicationGroupId.toLowerCase(), (group) => {
    const status = statusOf(group)
    if (!DELETABLE.includes(status)) {
      throw new Fault(
        'InvalidReplicationGroupState',
        `Replication group ${group.id} is not in a valid state to be deleted: it is ${status}.`,
      )
    }
    if (finalSnapshotIdentifier !== undefined) {
      requireAvailable(group)
      checkNewSnapshot(service, finalSnapshotIdentifier)
      group.finalSnapshotName = finalSnapshotIdentifier
    }
    group.status = 'deleting'
    group.busyUntil = Date.now() + deletionMilliseconds
  })
}
