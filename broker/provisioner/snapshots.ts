import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from '../instances/instance.ts'
import type { SnapshotStep } from '../model/operation.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { Platform, Snapshot } from '../platform/platform.ts'
import { type Naming, placeTags, replicationGroupId } from './naming.ts'
import type { Attempt } from './provisioner.ts'
import { gone, groupAtRest } from './replication-group.ts'
import { namesOf } from './snapshot-names.ts'

/** The tag that names the operation that has taken a snapshot: so that a repeated one knows its own. */
const operationTag = 'Operation'

export interface SnapshotsContext {
  naming: Naming
  platform: Platform
}

/** Takes or deletes a snapshot of an instance. Nothing else of it changes. */
export async function changeSnapshots(
  context: SnapshotsContext,
  instance: Instance,
  { step, name }: SnapshotStep,
  attempt: Attempt,
): Promise<void> {
  const awsName = namesOf(context.naming, instance.stack).aws(name)
  if (step === 'create') await take(context, instance, awsName, attempt)
  else await remove(context, awsName, attempt)
}

async function take(
  { naming, platform }: SnapshotsContext,
  instance: Instance,
  name: string,
  attempt: Attempt,
): Promise<void> {
  const id = replicationGroupId(naming, instance)
  // Busy also with a snapshot that an earlier attempt has begun.
  const group = await groupAtRest(platform, id, attempt)
  if (!group) throw gone(id)
  const before = await find(platform, name, attempt)
  if (before && !(await isOf(platform, before, attempt))) throw exists(name)
  await attempt.phase('taking the snapshot')
  if (!before) {
    const tags = { ...placeTags(naming, instance), [operationTag]: attempt.operationId }
    await platform.createSnapshot(id, name, tags, attempt.signal)
  }
  const taken = await atRest(platform, name, attempt)
  if (taken?.status === 'available') return
  await platform.deleteSnapshot(name, attempt.signal)
  throw new ProvisionFailure('AWS could not take the snapshot', `${name} is ${taken?.status ?? 'gone'}`, {
    advice: 'Try again later.',
  })
}

async function isOf(platform: Platform, snapshot: Snapshot, attempt: Attempt): Promise<boolean> {
  const tags = await platform.tags(snapshot, attempt.signal)
  return tags?.[operationTag] === attempt.operationId
}

async function remove(
  { platform }: Pick<SnapshotsContext, 'platform'>,
  name: string,
  attempt: Attempt,
): Promise<void> {
  await attempt.phase('deleting the snapshot')
  for (;;) {
    const snapshot = await atRest(platform, name, attempt)
    if (!snapshot) return
    if (snapshot.status !== 'deleting') await platform.deleteSnapshot(name, attempt.signal)
    await sleep(platform.pollInterval, undefined, { signal: attempt.signal })
  }
}

/** The snapshot, once AWS is no longer busy with it; undefined when there is none. */
export async function atRest(
  platform: Platform,
  name: string,
  attempt: Pick<Attempt, 'signal'>,
): Promise<Snapshot | undefined> {
  for (;;) {
    const snapshot = await find(platform, name, attempt)
    const busy = snapshot && ['creating', 'copying', 'restoring'].includes(snapshot.status)
    if (!busy) return snapshot
    await sleep(platform.pollInterval, undefined, { signal: attempt.signal })
  }
}

async function find(
  platform: Platform,
  name: string,
  { signal }: Pick<Attempt, 'signal'>,
): Promise<Snapshot | undefined> {
  const [snapshot] = await platform.snapshots({ name }, signal)
  return snapshot
}

function exists(name: string): ProvisionFailure {
  return new ProvisionFailure('A snapshot of this name exists already', `${name} is of another operation`, {
    advice: 'Choose another name.',
  })
}
