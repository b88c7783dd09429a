import type { Drift } from '../drift/drift.ts'
import type { Finding } from '../drift/finding.ts'
import { difference } from '../drift/report.ts'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Operation } from '../operations/operation.ts'
import { type OperationRequests, queueFull, refusedInPause } from '../operations/requests.ts'
import type { Platform } from '../platform/platform.ts'
import { type Naming, replicationGroupId } from '../provisioner/naming.ts'
import { groupAddress } from '../provisioner/replication-group.ts'
import type { States } from '../states/states.ts'

export interface AdoptionOptions {
  instances: Pick<Instances, 'find' | 'ofGroup'>
  requests: Pick<OperationRequests, 'create'>
  platform: Pick<Platform, 'replicationGroup'>
  states: Pick<States, 'read'>
  naming: Naming
  drift: Pick<Drift, 'wouldChange'>
}

/** Why a group can't become an instance. Its message says what to do. */
export class AdoptionRefused extends Error {}

/** Makes replication groups that others have made instances of this broker, with their data. */
export class Adoption {
  readonly #options: AdoptionOptions
  #checking: Promise<unknown> = Promise.resolve()

  constructor(options: AdoptionOptions) {
    this.#options = options
  }

  /**
   * Finds the changes that the adoption would make to the group. Nothing is saved.
   * @param instance not saved yet, with the group to adopt
   * @throws AdoptionRefused also when the group would be deleted or replaced
   */
  check(instance: Instance, signal: AbortSignal): Promise<Finding[]> {
    // One after the other: two for one instance would plan in the same directory.
    const findings = this.#checking.then(() => this.#check(instance, signal))
    this.#checking = findings.catch(() => {})
    return findings
  }

  /**
   * Saves the instance, and queues the operation that imports the group and makes it what the plan says.
   * @throws AdoptionRefused
   */
  async begin(instance: Instance): Promise<Operation> {
    const result = await this.#options.requests.create(instance)
    switch (result.outcome) {
      case 'accepted':
        return result.operation
      case 'queue full':
        return refuse(`${queueFull(result.most)}. Try again when some of them have ended.`)
      case 'paused':
        return refuse(`${refusedInPause(result.pause)}.`)
      default:
        return refuse(`The instance ${instance.id} or the group is there already.`)
    }
  }

  async #check(instance: Instance, signal: AbortSignal): Promise<Finding[]> {
    const { drift } = this.#options
    await this.#requireNew(instance)
    const { state, message, findings } = await drift.wouldChange(instance, { adopting: true }, signal)
    if (state === 'error') refuse(`Terraform can't plan the adoption: ${message}`)
    const changes = findings.filter(({ resource }) => !resource.startsWith('output.'))
    const lost = changes.find(({ resource, change }) => resource === groupAddress && change !== 'changed')
    if (!lost) return changes
    const why = changes.filter(({ replaces }) => replaces).map(difference)
    refuse(
      `The group would be ${lost.change}, and its data lost${why.length > 0 ? `, because ${why.join(', and ')}` : ''}. ` +
        'Choose the plan and the version that fit the group, or change the group on AWS first.',
    )
  }

  async #requireNew(instance: Instance): Promise<void> {
    const { instances, platform, states, naming } = this.#options
    const id = replicationGroupId(naming, instance)
    if (await instances.find(instance.id)) refuse(`There is an instance ${instance.id} already.`)
    const owner = await instances.ofGroup(id, naming.prefix)
    if (owner) refuse(`The group ${id} belongs to the instance ${owner.id}.`)
    if (await states.read(instance.stack)) refuse(`There is a Terraform state of ${instance.stack} already.`)
    const group = await platform.replicationGroup(id)
    if (!group) refuse(`There is no replication group ${id}.`)
    if (group.sharded) {
      refuse(
        `The group ${id} has cluster mode enabled. An instance of this service is a group without it: ` +
          'its clients do not look for shards. Make one without cluster mode, and bring the data over.',
      )
    }
    if (group.status !== 'available')
      refuse(`The group ${id} is ${group.status}. Wait until it is available.`)
  }
}

function refuse(message: string): never {
  throw new AdoptionRefused(message)
}
