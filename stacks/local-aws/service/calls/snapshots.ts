import { readBehaviour } from '../behaviour.ts'
import { transaction } from '../database.ts'
import { compareVersions, engineVersionOf } from '../engine-versions.ts'
import { Fault } from '../faults.ts'
import { withLock } from '../lock.ts'
import { reconcile } from '../reconcile.ts'
import { type GroupRecord, getGroup, saveGroup } from '../records.ts'
import { requireAvailable, type Service, startModification } from '../service.ts'
import {
  findSnapshot,
  findSnapshots,
  type NewSnapshot,
  removeSnapshot,
  type Snapshot,
  takeSnapshot,
} from '../snapshots.ts'
import { checkTags } from '../tag-rules.ts'
import type { Tags } from '../types.ts'

const NAME = /^[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]$/i

interface CreateSnapshotRequest {
  replicationGroupId: string
  snapshotName: string
  tags?: Tags
}

/** For as long as the behaviour says, the snapshot is `creating` and its group `snapshotting`. */
export async function createSnapshot(
  service: Service,
  { replicationGroupId, snapshotName, tags = {} }: CreateSnapshotRequest,
): Promise<void> {
  await take(service, replicationGroupId, () => {
    checkNewSnapshot(service, snapshotName)
    checkTags(tags)
    return { name: snapshotName, tags }
  })
}

/** The snapshot that AWS takes once a day by itself. It forgets the oldest ones. */
export async function takeDailySnapshot(service: Service, groupId: string, time: Date): Promise<void> {
  const { database, directory } = service
  const { id, settings } = getGroup(database, groupId)
  const written = time.toISOString().slice(0, 16).replace(/[T:]/g, '-')
  await take(service, id, () => ({ name: `automatic.${id}-${written}`, source: 'automated' }))
  const own = findSnapshots(database).filter(
    (one) => one.source === 'automated' && one.replicationGroupId === id,
  )
  const newestFirst = own.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
  for (const { snapshotName } of newestFirst.slice(settings.snapshotRetentionLimit)) {
    await removeSnapshot(database, directory, snapshotName)
  }
}

async function take(
  { database, directory }: Service,
  replicationGroupId: string,
  asked: (group: GroupRecord) => NewSnapshot,
): Promise<void> {
  const id = replicationGroupId.toLowerCase()
  await withLock(directory, id, async () => {
    await reconcile(database, directory, id)
    const group = getGroup(database, id)
    requireAvailable(group)
    const { snapshotMilliseconds: takes } = readBehaviour(database)
    await takeSnapshot(database, directory, group, { ...asked(group), takes })
    if (takes === 0) return
    startModification(group, takes, 'snapshotting')
    transaction(database, () => saveGroup(database, group))
  })
}

export interface DescribeSnapshotsRequest {
  snapshotName?: string | undefined
  replicationGroupId?: string | undefined
  source?: Snapshot['source'] | undefined
}

export function describeSnapshots(
  { database }: Service,
  { snapshotName, replicationGroupId, source }: DescribeSnapshotsRequest,
): Snapshot[] {
  const found = findSnapshots(database).filter(
    (one) =>
      (snapshotName === undefined || one.snapshotName === snapshotName) &&
      (replicationGroupId === undefined || one.replicationGroupId === replicationGroupId.toLowerCase()) &&
      (source === undefined || one.source === source),
  )
  if (snapshotName !== undefined && found.length === 0) throw notFound(snapshotName)
  return found
}

export async function deleteSnapshot(
  { database, directory }: Service,
  { snapshotName }: { snapshotName: string },
): Promise<void> {
  const snapshot = findSnapshot(database, snapshotName)
  if (!snapshot) throw notFound(snapshotName)
  requireComplete(snapshot)
  await removeSnapshot(database, directory, snapshotName)
}

/**
 * The snapshot that a new group is to start from. @throws Fault when it can't: a newer version writes what an older one
 * does not read, and Redis does not read what Valkey writes.
 */
export function requireRestorable({ database }: Service, name: string, version: string): Snapshot {
  const snapshot = findSnapshot(database, name)
  if (!snapshot) throw notFound(name)
  requireComplete(snapshot)
  const { actual, engine } = engineVersionOf(version)
  const crosses = snapshot.engine === 'valkey' && engine === 'redis'
  if (crosses || compareVersions(actual, snapshot.engineVersion) < 0) {
    throw new Fault(
      'InvalidParameterCombination',
      `The snapshot ${name} of ${snapshot.engine} ${snapshot.engineVersion} can't be restored to ${engine} ${actual}.`,
    )
  }
  return snapshot
}

function requireComplete({ snapshotName, status }: Snapshot): void {
  if (status === 'available') return
  throw new Fault('InvalidSnapshotState', `Snapshot ${snapshotName} is not available: it is ${status}.`)
}

function notFound(name: string): Fault {
  return new Fault('SnapshotNotFoundFault', `Snapshot ${name} not found.`)
}

export function checkNewSnapshot({ database }: Service, name: string): void {
  if (!NAME.test(name)) {
    throw new Fault(
      'InvalidParameterValue',
      `The parameter SnapshotName is not a valid identifier: ${name}. It takes letters, digits and single ` +
        'hyphens, with a letter first and no hyphen at the end.',
    )
  }
  if (findSnapshot(database, name)) {
    throw new Fault('SnapshotAlreadyExistsFault', `Snapshot ${name} already exists.`)
  }
}
