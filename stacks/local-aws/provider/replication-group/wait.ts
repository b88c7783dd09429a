import { setTimeout as sleep } from 'node:timers/promises'
import { readBehaviour } from '../../service/behaviour.ts'
import { isFault } from '../../service/faults.ts'
import type { ReplicationGroup } from '../../service/types.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'

const PENDING = ['creating', 'modifying', 'snapshotting']

export async function waitUntilAvailable(
  context: Context,
  id: string,
  purpose: 'create' | 'update',
  milliseconds: number,
): Promise<void> {
  const action = `waiting for ElastiCache Replication Group (${id}) ${purpose}`
  await poll(context, action, id, milliseconds, (group) => {
    if (group?.status === 'available') return true
    if (!group) throw new Error(`${action}: couldn't find resource`)
    if (PENDING.includes(group.status)) return false
    const reason = group.statusReason ? ` (${group.statusReason})` : ''
    throw new Error(`${action}: unexpected state '${group.status}', wanted target 'available'${reason}`)
  })
}

export async function waitUntilDeleted(context: Context, id: string, milliseconds: number): Promise<void> {
  const action = `waiting for ElastiCache Replication Group (${id}) delete`
  await poll(context, action, id, milliseconds, (group) => group === undefined)
}

/**
 * Repeats a call that is refused while the group is busy. One that could not be created never becomes available;
 * the real provider does not look at that, and gives up when the time is over.
 */
export async function whenAvailable<T>(
  context: Context,
  action: string,
  id: string,
  milliseconds: number,
  call: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + milliseconds
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const isBusy = isFault((error as Error).cause, 'InvalidReplicationGroupState')
      const status = isBusy ? (await find(context.elastiCache, id))?.status : undefined
      if (!status || status === 'create-failed' || Date.now() > deadline) throw error
      await pause(context, action)
    }
  }
}

/** Looks until `done`, the time is over or Terraform is interrupted. */
async function poll(
  context: Context,
  action: string,
  id: string,
  milliseconds: number,
  done: (group: ReplicationGroup | undefined) => boolean,
): Promise<void> {
  const deadline = Date.now() + milliseconds
  for (;;) {
    const group = await calling(action, 'DescribeReplicationGroups', () => find(context.elastiCache, id))
    if (done(group)) return
    if (Date.now() > deadline) throw new Error(`${action}: timeout while waiting for state`)
    await pause(context, action)
  }
}

async function pause({ elastiCache, interrupted: signal }: Context, action: string): Promise<void> {
  const { pollMilliseconds } = readBehaviour(elastiCache.service.database)
  await sleep(pollMilliseconds, undefined, { signal }).catch(() => {
    throw new Error(`${action}: context canceled`)
  })
}

/** Undefined: there is no such group. */
export async function find(
  elastiCache: Context['elastiCache'],
  id: string,
): Promise<ReplicationGroup | undefined> {
  try {
    const [group] = await elastiCache.describeReplicationGroups({ replicationGroupId: id })
    return group
  } catch (error) {
    if (isFault(error, 'ReplicationGroupNotFoundFault')) return undefined
    throw error
  }
}
