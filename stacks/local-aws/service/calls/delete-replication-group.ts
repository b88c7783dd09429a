import { readBehaviour } from '../behaviour.ts'
import { Fault } from '../faults.ts'
import { statusOf } from '../records.ts'
import { changeGroup, type Service } from '../service.ts'

const DELETABLE = ['available', 'create-failed']

/** Ends every process of the group and removes every file; automatic snapshots go with it. */
export async function deleteReplicationGroup(
  service: Service,
  { replicationGroupId }: { replicationGroupId: string; finalSnapshotIdentifier?: string },
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
    group.status = 'deleting'
    group.busyUntil = Date.now() + deletionMilliseconds
  })
}
