import type { Log } from '../logging/log.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { Platform, ReplicationGroup } from '../platform/platform.ts'
import {
  brokerTags,
  instanceTag,
  type Naming,
  ownershipTags,
  replicationGroupId,
} from '../provisioner/naming.ts'
import { hasTags } from '../provisioner/replication-group.ts'
import type { Deletion, Orphan } from './orphan.ts'

export interface OrphansOptions {
  operations: Pick<Operations, 'statuses'>
  platform: Pick<Platform, 'replicationGroups' | 'replicationGroup' | 'tags' | 'deleteReplicationGroup'>
  naming: Naming
  log: Log
}

/** Compares what is on the platform with what is in the records. Groups of other brokers are never looked at. */
export class Orphans {
  readonly #options: OrphansOptions

  constructor(options: OrphansOptions) {
    this.#options = options
  }

  async find(): Promise<Orphan[]> {
    const { operations, platform } = this.#options
    const groups = await platform.replicationGroups()
    // After the groups: an instance is recorded before it gets one, and forgotten after it has lost it.
    const known = await operations.statuses()
    const candidates = [...(await this.#unknown(groups, known)), ...this.#missing(groups, known)]
    return this.#confirm(candidates)
  }

  /** Whether `delete` would delete it, as things are now. */
  async deletable(group: string): Promise<Deletion> {
    const [orphan] = await this.#confirm([{ kind: 'unknown', group }])
    return { group, refusal: orphan ? null : await this.#whyNot(group) }
  }

  /** Has the platform delete a group, if a look just before shows that no instance has it. */
  async delete(group: string): Promise<Deletion> {
    const { platform, log } = this.#options
    const [orphan] = await this.#confirm([{ kind: 'unknown', group }])
    if (!orphan) return { group, refusal: await this.#whyNot(group) }
    try {
      await platform.deleteReplicationGroup(group)
    } catch (error) {
      return { group, refusal: (error as Error).message }
    }
    log.warn({ ...orphan }, 'an orphaned replication group is being deleted')
    return { group, refusal: null }
  }

  /** Why a group is not to be deleted. */
  async #whyNot(id: string): Promise<string> {
    const { operations, platform, naming } = this.#options
    const statuses = await operations.statuses()
    const owner = statuses.find(({ instance }) => replicationGroupId(naming, instance) === id)
    if (owner) {
      const { id: guid, context } = owner.instance
      const name = context.instance_name ? `${context.instance_name} ` : ''
      return `It belongs to the instance ${name}${guid}, which cf delete-service deletes.`
    }
    const group = await platform.replicationGroup(id)
    if (!group) return 'There is no such replication group.'
    if (group.status === 'deleting') return 'It is being deleted already.'
    const tags = await platform.tags(group)
    if (!tags) return `AWS does not tell its tags while it is ${group.status}: try again later.`
    return 'It does not have the tags of this broker: it is of others.'
  }

  /** Records and platform can't be read at one moment: only what a second look shows as well is reported. */
  async #confirm(candidates: Pick<Orphan, 'kind' | 'group'>[]): Promise<Orphan[]> {
    const { operations, platform } = this.#options
    if (candidates.length === 0) return []
    const groups: ReplicationGroup[] = []
    // One after the other: AWS refuses those who ask for much at once.
    for (const { group: id } of candidates) {
      const group = await platform.replicationGroup(id)
      if (group) groups.push(group)
    }
    const known = await operations.statuses()
    const again = [...(await this.#unknown(groups, known)), ...this.#missing(groups, known)]
    return again.filter((orphan) =>
      candidates.some(({ kind, group }) => kind === orphan.kind && group === orphan.group),
    )
  }

  async #unknown(groups: ReplicationGroup[], known: InstanceStatus[]): Promise<Orphan[]> {
    const { naming, platform } = this.#options
    // By tag as well as by id: the prefix of the ids may have been another one.
    const owners = new Set(known.map(({ instance }) => ownershipTags(naming, instance)[instanceTag]))
    const ids = new Set(known.map(({ instance }) => replicationGroupId(naming, instance)))
    const found: Orphan[] = []
    // One after the other: AWS refuses those who ask for much at once.
    for (const group of groups) {
      const { id, status } = group
      if (ids.has(id) || status === 'deleting') continue
      // AWS tells the tags only of a group that is at rest: whose a busy one is shows later.
      const tags = await platform.tags(group)
      const instance = tags?.[instanceTag]
      if (!tags || instance === undefined || owners.has(instance)) continue
      if (!hasTags(tags, brokerTags(naming))) continue
      found.push({ kind: 'unknown', group: id, instance, name: tags['Instance name'] ?? null, status })
    }
    return found
  }

  /** The group of an instance with an operation in progress may be gone for the moment: it is not reported. */
  #missing(groups: ReplicationGroup[], known: InstanceStatus[]): Orphan[] {
    const ids = new Set(groups.map(({ id }) => id))
    return known.flatMap(({ instance, operation }) => {
      const group = replicationGroupId(this.#options.naming, instance)
      if (!instance.outputs || operation.state === 'in progress' || ids.has(group)) return []
      const name = instance.context.instance_name ?? null
      return [{ kind: 'missing', group, instance: instance.id, name, status: null }]
    })
  }
}
