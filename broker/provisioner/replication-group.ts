import { setTimeout as sleep } from 'node:timers/promises'
import type { StateInstance, TerraformState } from '../../state-backend/index.ts'
import { ProvisionFailure, tellOperators } from '../model/provision-failure.ts'
import type { Platform, ReplicationGroup, Tags } from '../platform/platform.ts'
import type { Attempt } from './provisioner.ts'

/** The replication group's address in every stack. */
export const groupAddress = 'aws_elasticache_replication_group.redis'

/** The group as the state has it. */
export interface GroupInState {
  /** Terraform would replace it: its creation was interrupted or failed. */
  tainted: boolean
  /** An imported group's is unknown: AWS doesn't tell it. */
  token: string | undefined
}

export function groupInState(state: TerraformState | undefined): GroupInState | undefined {
  const instance = instanceIn(state)
  if (!instance) return undefined
  const token = instance.attributes?.auth_token
  return { tainted: instance.status === 'tainted', token: typeof token === 'string' ? token : undefined }
}

/**
 * The same state, one serial on, with a token that Terraform can't learn by itself: AWS tells none, and changes of it
 * are not Terraform's.
 * @throws Error when the group is not in the state
 */
export function withToken(state: TerraformState, token: string): TerraformState {
  const copy = structuredClone({ ...state, serial: state.serial + 1 })
  const instance = instanceIn(copy)
  if (!instance) throw new Error(`${groupAddress} is not in the state.`)
  // The provider's default before 6.0, which would find a change otherwise.
  instance.attributes = { ...instance.attributes, auth_token: token, auth_token_update_strategy: 'ROTATE' }
  return copy
}

/** Whether a resource of the stack is in the state. */
export function isInState(state: TerraformState | undefined, address: string): boolean {
  const resources = state?.resources ?? []
  return resources.some(({ type, name, instances }) => `${type}.${name}` === address && instances.length > 0)
}

/** The same state, one serial on, with the name of the snapshot that a destruction of the group begins with. */
export function withFinalSnapshot(state: TerraformState, name: string): TerraformState {
  const copy = structuredClone({ ...state, serial: state.serial + 1 })
  const instance = instanceIn(copy)
  if (!instance) throw new Error(`${groupAddress} is not in the state.`)
  instance.attributes = { ...instance.attributes, final_snapshot_identifier: name }
  return copy
}

function instanceIn(state: TerraformState | undefined): StateInstance | undefined {
  return state?.resources.find(({ type, name }) => `${type}.${name}` === groupAddress)?.instances[0]
}

/**
 * The group on the platform, once it is at rest: AWS refuses changes to one that is being created, changed
 * or deleted. Undefined when there is none.
 */
export async function groupAtRest(
  platform: Platform,
  id: string,
  attempt: Pick<Attempt, 'signal' | 'phase'>,
): Promise<ReplicationGroup | undefined> {
  let lastStatus: string | undefined
  for (;;) {
    const group = await platform.replicationGroup(id, attempt.signal)
    if (!group || group.status === 'available' || group.status === 'create-failed') return group
    if (group.status !== lastStatus) {
      await attempt.phase(`waiting for the replication group, which is ${group.status}`)
      lastStatus = group.status
    }
    await sleep(platform.pollInterval, undefined, { signal: attempt.signal })
  }
}

/**
 * Whether a group is the instance's own, when no state says so. Its tags prove it. Tags that AWS doesn't tell
 * prove nothing, so that the group is left alone; except for one that was never created to its end: it never
 * becomes available, so that AWS never tells its tags, it has no data that could be lost, and its id, which
 * was asked for, has the instance's guid in it.
 */
export async function isOwn(
  platform: Platform,
  group: ReplicationGroup,
  ownership: Tags,
  signal: AbortSignal,
): Promise<boolean> {
  const tags = await platform.tags(group, signal)
  return tags ? hasTags(tags, ownership) : group.status === 'create-failed'
}

export function hasTags(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => tags[key] === value)
}

/**
 * Has the platform delete a group that could not be created, and waits for its end. Terraform can't do it: it
 * reads a group before it changes anything, tags included, and AWS doesn't tell those of a failed one.
 */
export async function removeFailed(
  platform: Platform,
  { id, status }: ReplicationGroup,
  attempt: Attempt,
): Promise<void> {
  await attempt.phase(`deleting the replication group, which is ${status}`)
  await platform.deleteReplicationGroup(id, attempt.signal)
  while (await platform.replicationGroup(id, attempt.signal)) {
    await sleep(platform.pollInterval, undefined, { signal: attempt.signal })
  }
}

export function notOwn(group: ReplicationGroup): ProvisionFailure {
  return new ProvisionFailure(
    "A Redis of this name exists on AWS already and is not this instance's",
    `The tags of the replication group ${group.id} don't name this broker and instance. It was left alone.`,
    { advice: tellOperators },
  )
}

export function nothingToAdopt(id: string): ProvisionFailure {
  return new ProvisionFailure(
    'The Redis that this instance was to become is gone',
    `There is no replication group ${id} to adopt.`,
    { advice: tellOperators },
  )
}

export function gone(id: string): ProvisionFailure {
  return new ProvisionFailure(
    'The Redis of this instance is gone, so there is nothing to update',
    `There is no replication group ${id}. npx redis-broker reconcile makes a new one, which is empty.`,
    { advice: tellOperators, repeatable: false },
  )
}
