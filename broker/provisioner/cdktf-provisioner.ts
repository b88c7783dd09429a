import type { Catalog } from '../catalog/catalog.ts'
import type { AuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget } from '../instances/instance.ts'
import type { Outputs } from '../instances/outputs.ts'
import type { Log } from '../logging/log.ts'
import { laterOf, versionOf } from '../model/engine-versions.ts'
import type { OperationTarget, SnapshotStep } from '../model/operation.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import type { Platform, ReplicationGroup } from '../platform/platform.ts'
import type { States } from '../states/states.ts'
import { requireSuccess } from '../terraform/failures.ts'
import type { Terraform } from '../terraform/terraform.ts'
import { settleTokens } from './auth-tokens.ts'
import { deploy, unfinished } from './deploy.ts'
import { keepForNow, lastSnapshotName } from './kept-snapshots.ts'
import { takeLeftovers } from './leftovers.ts'
import { type Naming, ownershipTags, replicationGroupId } from './naming.ts'
import { isUsable, observe } from './observe.ts'
import type { Attempt, Observation, Provisioner } from './provisioner.ts'
import { readOutputs } from './read-outputs.ts'
import {
  type GroupInState,
  gone,
  groupAddress,
  groupAtRest,
  groupInState,
  hasTags,
  isOwn,
  nothingToAdopt,
  notOwn,
  removeFailed,
  withFinalSnapshot,
  withToken,
} from './replication-group.ts'
import { changeSnapshots } from './snapshots.ts'
import type { SoleAccess } from './sole-access.ts'
import { destruction, type StackSpecs } from './stack-specs.ts'

export interface CdktfProvisionerOptions {
  access: SoleAccess
  naming: Naming
  specs: StackSpecs
  platform: Platform
  states: Pick<States, 'read' | 'remove'>
  /** Says of a plan whether a last snapshot is taken, and how long it is kept. */
  catalog: Catalog
  /** Days that snapshots of deleted instances are kept where the plan does not say. */
  finalSnapshotDays: number
  log: Log
}

/** Instances as CDKTF stacks. */
export class CdktfProvisioner implements Provisioner {
  readonly #options: CdktfProvisionerOptions
  readonly #access: SoleAccess
  readonly #naming: Naming
  readonly #platform: Platform
  readonly #states: Pick<States, 'read' | 'remove'>

  constructor(options: CdktfProvisionerOptions) {
    this.#options = options
    this.#access = options.access
    this.#naming = options.naming
    this.#platform = options.platform
    this.#states = options.states
  }

  apply(instance: Instance, wanted: OperationTarget, attempt: Attempt): Promise<Outputs> {
    return this.#access.use(instance, attempt, async (terraform) => {
      terraform.startProvider()
      const group = await this.#settle(instance, wanted, attempt, terraform)
      const target = group ? await this.#notBelow(group, wanted, attempt) : wanted
      const known = groupInState(await this.#states.read(instance.stack))?.token
      const tokens = await settleTokens({ platform: this.#platform, instance, target, group, known, attempt })
      await this.#access.render(instance, target, {})
      if (attempt.number > 1) await takeLeftovers(this.#options, instance, target, terraform)
      if (group) await this.#tellState(instance, tokens, terraform)
      terraform.authToken = tokens.current?.value
      const exists = instance.outputs || instance.adoptedGroup
      await attempt.phase(exists ? 'changing the replication group' : 'creating the replication group')
      const state = await deploy(this.#states, instance, terraform)
      await attempt.phase('reading the connection details')
      const outputs = readOutputs(state?.outputs)
      if (outputs.password !== tokens.current?.value) throw unfinished('the state has another token than AWS')
      return outputs
    })
  }

  async destroy(instance: Instance, attempt: Attempt): Promise<void> {
    // Data that was there before the broker is not the broker's to delete before the instance is there.
    if (instance.adoptedGroup && !instance.outputs) return this.forget(instance, attempt)
    const id = replicationGroupId(this.#naming, instance)
    const ownership = ownershipTags(this.#naming, instance)
    await this.#access.use(instance, attempt, async (terraform) => {
      terraform.startProvider()
      await this.#access.render(instance, currentTarget(instance), destruction)
      const group = await groupAtRest(this.#platform, id, attempt)
      const known = await this.#inState(instance)
      const own = group && (known || (await isOwn(this.#platform, group, ownership, attempt.signal)))
      if (own && group.status === 'create-failed') await removeFailed(this.#platform, group, attempt)
      else if (own && !known) await this.#import(id, terraform)
      await takeLeftovers(this.#options, instance, currentTarget(instance), terraform)
      if (own && group.status === 'available') await this.#nameLastSnapshot(instance, attempt, terraform)
      await attempt.phase('deleting the replication group')
      requireSuccess('delete this Redis', await terraform.cdktf('destroy'))
    })
    if (await this.#inState(instance)) throw unfinished('the state still has the group')
    const left = await this.#platform.replicationGroup(id)
    const tags = left && (await this.#platform.tags(left, attempt.signal))
    // One whose tags AWS doesn't tell at the moment may be this one, on its way out.
    if (left && (!tags || hasTags(tags, ownership))) {
      throw new ProvisionFailure('AWS has not deleted this Redis yet', `${id} is ${left.status}`, {
        transient: true,
      })
    }
    await keepForNow(this.#options, instance, this.#daysKept(instance), attempt)
    await this.#dropState(instance, attempt)
  }

  changeSnapshots(instance: Instance, step: SnapshotStep, attempt: Attempt): Promise<void> {
    return changeSnapshots(this.#options, instance, step, attempt)
  }

  async forget(instance: Instance, attempt: Attempt): Promise<void> {
    await this.#access.use(instance, attempt, async () => {})
    await this.#dropState(instance, attempt)
  }

  isUsable(instance: Instance): Promise<boolean> {
    return isUsable(this.#platform, replicationGroupId(this.#naming, instance))
  }

  observe(instance: Instance): Promise<Observation | 'busy' | 'gone'> {
    return observe(this.#platform, replicationGroupId(this.#naming, instance))
  }

  tidy(isWorkedOn: (stack: string) => Promise<boolean>): Promise<void> {
    return this.#access.tidy(isWorkedOn)
  }

  /**
   * Puts the name of the last snapshot into the state, where the provider looks for it. Not by a deploy, which would
   * bring along all that the stack has become since.
   */
  async #nameLastSnapshot(instance: Instance, attempt: Attempt, terraform: Terraform): Promise<void> {
    // Of one that was never created to its end there is nothing to keep.
    if (!instance.outputs || !this.#options.catalog.plan(instance.planId)?.finalSnapshot) return
    const state = await this.#states.read(instance.stack)
    if (!groupInState(state) || !state) return
    const name = await lastSnapshotName(this.#options, instance, attempt)
    requireSuccess('prepare Terraform', await terraform.init())
    requireSuccess(
      'name the last snapshot',
      await terraform.pushState(JSON.stringify(withFinalSnapshot(state, name))),
    )
  }

  #daysKept({ planId }: Instance): number {
    const { catalog, finalSnapshotDays } = this.#options
    return catalog.plan(planId)?.finalSnapshotDays ?? finalSnapshotDays
  }

  async #dropState(instance: Instance, attempt: Attempt): Promise<void> {
    // Refused for an attempt that is over: the state may be another one's by now.
    await attempt.phase('dropping the state')
    await this.#states.remove(instance.stack)
  }

  /**
   * Clears up what an interrupted creation left: a group that is on AWS and not in the state is adopted, one
   * that the state holds for unfinished is taken as it is, and one that AWS could not create is deleted, to be created anew.
   * @returns the group that is there, and in the state
   */
  async #settle(
    instance: Instance,
    target: OperationTarget,
    attempt: Attempt,
    terraform: Terraform,
  ): Promise<ReplicationGroup | undefined> {
    const id = replicationGroupId(this.#naming, instance)
    const group = await groupAtRest(this.#platform, id, attempt)
    const known = await this.#inState(instance)
    const isAdoption = instance.adoptedGroup !== null && !known
    if (!group && isAdoption) throw nothingToAdopt(id)
    if (!group && instance.outputs && !target.createAnew) throw gone(id)
    if (!group) return undefined
    if (!known && !isAdoption) {
      const ownership = ownershipTags(this.#naming, instance)
      if (!(await isOwn(this.#platform, group, ownership, attempt.signal))) throw notOwn(group)
    }
    if (group.status === 'create-failed' && !isAdoption) {
      await removeFailed(this.#platform, group, attempt)
      return undefined
    }
    if (!known) {
      this.#options.log.warn(
        { instance: instance.id, group: id },
        'taking a group that exists into the state',
      )
      await this.#access.render(instance, target, {})
      await this.#import(id, terraform)
    }
    if (known?.tainted) {
      await this.#access.render(instance, target, {})
      await this.#untaint(terraform)
    }
    return group
  }

  /** Raises the version to the one that AWS runs by now: for a lower one Terraform would replace the group. */
  async #notBelow(
    group: ReplicationGroup,
    target: OperationTarget,
    attempt: Attempt,
  ): Promise<OperationTarget> {
    const running = versionOf((await this.#platform.engineVersion(group, attempt.signal)) ?? '')
    const engineVersion = laterOf(target.parameters.engineVersion, running)
    return { ...target, parameters: { ...target.parameters, engineVersion } }
  }

  /** Puts the token into the state: an imported group comes without it, and the broker changes it without Terraform. */
  async #tellState(instance: Instance, { current }: AuthTokens, terraform: Terraform): Promise<void> {
    const state = await this.#states.read(instance.stack)
    if (!state || !current || groupInState(state)?.token === current.value) return
    requireSuccess('prepare Terraform', await terraform.init())
    requireSuccess(
      'save the state',
      await terraform.pushState(JSON.stringify(withToken(state, current.value))),
    )
  }

  async #inState(instance: Instance): Promise<GroupInState | undefined> {
    return groupInState(await this.#states.read(instance.stack))
  }

  async #import(id: string, terraform: Terraform): Promise<void> {
    requireSuccess('prepare Terraform', await terraform.init())
    requireSuccess('adopt this Redis', await terraform.terraform('import', '-input=false', groupAddress, id))
  }

  async #untaint(terraform: Terraform): Promise<void> {
    requireSuccess('prepare Terraform', await terraform.init())
    requireSuccess('prepare this Redis', await terraform.terraform('untaint', groupAddress))
  }
}
