import { Fault } from '../faults.ts'
import { withLock } from '../lock.ts'
import { reconcile } from '../reconcile.ts'
import { getGroup } from '../records.ts'
import { requireAvailable, type Service } from '../service.ts'
import { findSnapshots, removeSnapshot, type Snapshot, snapshotExists, takeSnapshot } from '../snapshots.ts'

const NAME = /^[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]$/i

export async function createSnapshot(
  { database, directory }: Service,
  { replicationGroupId, snapshotName }: { replicationGroupId: string; snapshotName: string },
): Promise<void> {
  const id = replicationGroupId.toLowerCase()
  await withLock(directory, id, async () => {
    await reconcile(database, directory, id)
    const group = getGroup(database, id)
    requireAvailable(group)
    checkNewSnapshot({ database, directory }, snapshotName)
    await takeSnapshot(database, directory, group, snapshotName)
  })
}

export function describeSnapshots({ database }: Service, _: object): Snapshot[] {
  return findSnapshots(database)
}

export async function deleteSnapshot(
  service: Service,
  { snapshotName }: { snapshotName: string },
): Promise<void> {
  requireSnapshot(service, snapshotName)
  await removeSnapshot(service.database, service.directory, snapshotName)
}

export function requireSnapshot({ database }: Service, name: string): void {
  if (!snapshotExists(database, name)) throw new Fault('SnapshotNotFoundFault', `Snapshot ${name} not found.`)
}

export function checkNewSnapshot({ database }: Service, name: string): void {
  if (!NAME.test(name)) {
    throw new Fault(
      'InvalidParameterValue',
      `The parameter SnapshotName is not a valid identifier: ${name}. It takes letters, digits and single ` +
        'hyphens, with a letter first and no hyphen at the end.',
    )
  }
  if (snapshotExists(database, name)) {
    throw new Fault('SnapshotAlreadyExistsFault', `Snapshot ${name} already exists.`)
  }
}
