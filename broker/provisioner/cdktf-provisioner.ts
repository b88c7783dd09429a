import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { renderStacks } from '../../stacks/render.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget, type OperationTarget } from '../instances/operation.ts'
import type { Outputs } from '../instances/outputs.ts'
import type { Log } from '../log.ts'
import type { Platform } from '../platform/platform.ts'
import { ProvisionFailure } from '../provision-failure.ts'
import { lockedByOperator } from '../states/locked.ts'
import type { StateAccess, States } from '../states/states.ts'
import { explain } from './failures.ts'
import type { Attempt, Provisioner } from './provisioner.ts'
import { readOutputs } from './read-outputs.ts'
import {
  type GroupInState,
  gone,
  groupAddress,
  groupAtRest,
  groupInState,
  isOwn,
  nothingToAdopt,
  notOwn,
  removeFailed,
} from './replication-group.ts'
import {
  destruction,
  ownershipTags,
  replicationGroupId,
  type StackContext,
  type StackVariant,
  stackSpecOf,
} from './stack-spec.ts'
import { Terraform, type TerraformRun } from './terraform.ts'
import { goesOn, WorkDirectories } from './work-directories.ts'

/** How `terraform plan -detailed-exitcode` ends when there is something to apply. */
const changesPlanned = 2

/** Instances as CDKTF stacks: each is rendered into a work directory of its own, where terraform runs. */
export class CdktfProvisioner implements Provisioner {
  readonly #directories: WorkDirectories
  readonly #stackContext: StackContext
  readonly #platform: Platform
  readonly #states: States
  readonly #log: Log

  constructor(options: {
    dataDirectory: string
    stackContext: StackContext
    platform: Platform
    states: States
    log: Log
  }) {
    this.#directories = new WorkDirectories(options.dataDirectory)
    this.#stackContext = options.stackContext
    this.#platform = options.platform
    this.#states = options.states
    this.#log = options.log
  }

  apply(instance: Instance, target: OperationTarget, attempt: Attempt): Promise<Outputs> {
    return this.#prepared(instance, attempt, async (terraform) => {
      const variant = await this.#settle(instance, target, attempt, terraform)
      this.#render(instance, target, variant)
      const exists = instance.outputs || instance.adoptedGroup
      await attempt.phase(exists ? 'changing the replication group' : 'creating the replication group')
      await this.#deploy(instance, target, terraform)
      await attempt.phase('reading the connection details')
      const run = await terraform.outputs()
      this.#check('read the connection details', run)
      return readOutputs(JSON.parse(run.stdout))
    })
  }

  async destroy(instance: Instance, attempt: Attempt): Promise<void> {
    // Data that was there before the broker is not the broker's to delete before the instance is there.
    if (instance.adoptedGroup && !instance.outputs) return this.forget(instance, attempt)
    const id = replicationGroupId(this.#stackContext, instance)
    const ownership = ownershipTags(this.#stackContext, instance)
    await this.#prepared(instance, attempt, async (terraform) => {
      this.#render(instance, currentTarget(instance), destruction)
      const group = await groupAtRest(this.#platform, id, attempt)
      const known = await this.#inState(instance)
      if (group?.status === 'create-failed' && (known || isOwn(group, ownership))) {
        await removeFailed(this.#platform, group, attempt)
      } else if (group && !known && isOwn(group, ownership)) {
        await this.#import(id, terraform)
      }
      await attempt.phase('deleting the replication group')
      this.#check('delete this Redis', await terraform.cdktf('destroy'))
    })
    if (await this.#inState(instance)) throw unfinished('the state still has the group')
    const left = await this.#platform.replicationGroup(id)
    // One whose tags AWS doesn't tell at the moment may be this one, on its way out.
    if (left && (!left.tags || isOwn(left, ownership))) {
      throw new ProvisionFailure('AWS has not deleted this Redis yet', `${id} is ${left.status}`, {
        transient: true,
      })
    }
    await this.#dropState(instance, attempt)
  }

  async forget(instance: Instance, attempt: Attempt): Promise<void> {
    await this.#prepared(instance, attempt, async () => {})
    await this.#dropState(instance, attempt)
  }

  async isUsable(instance: Instance): Promise<boolean> {
    const group = await this.#platform.replicationGroup(replicationGroupId(this.#stackContext, instance))
    return group !== undefined && ['available', 'modifying', 'snapshotting'].includes(group.status)
  }

  async tidy(isWorkedOn: (stack: string) => Promise<boolean>): Promise<void> {
    await this.#directories.tidy(async (stack) => {
      if (await isWorkedOn(stack)) return true
      const saved = await this.#states.read(stack)
      return saved !== undefined && goesOn(this.#directories.erroredState(stack), saved)
    })
  }

  async #dropState(instance: Instance, attempt: Attempt): Promise<void> {
    // Refused for an attempt that is over: the state may be another one's by now.
    await attempt.phase('dropping the state')
    await this.#states.remove(instance.stack)
  }

  /**
   * Clears up what an interrupted creation left: a group that is on AWS and not in the state is adopted, one
   * that the state holds for unfinished is taken as it is, and one that AWS could not create is deleted, to be created anew.
   */
  async #settle(
    instance: Instance,
    target: OperationTarget,
    attempt: Attempt,
    terraform: Terraform,
  ): Promise<StackVariant> {
    const id = replicationGroupId(this.#stackContext, instance)
    const group = await groupAtRest(this.#platform, id, attempt)
    const known = await this.#inState(instance)
    const isAdoption = instance.adoptedGroup !== null && !known
    if (!group && isAdoption) throw nothingToAdopt(id)
    if (!group && instance.outputs && !target.createAnew) throw gone(id)
    if (!group) return {}
    if (!known && !isAdoption && !isOwn(group, ownershipTags(this.#stackContext, instance)))
      throw notOwn(group)
    if (group.status === 'create-failed' && !isAdoption) {
      await removeFailed(this.#platform, group, attempt)
      return {}
    }
    if (!known) {
      this.#log.warn({ instance: instance.id, group: id }, 'taking a group that exists into the state')
      this.#render(instance, target, {})
      await this.#import(id, terraform)
    }
    if (known?.tainted) {
      this.#render(instance, target, {})
      await this.#untaint(terraform)
    }
    return { renewToken: !known?.hasToken || target.renewPassword === true }
  }

  /**
   * cdktf reports success also when terraform was killed under it: only an empty plan proves that all is done.
   * It may take a second pass. The provider does not foresee all that changes along with something else, and
   * outputs keep the values that were foreseen: the full version, for one, after an upgrade.
   */
  async #deploy(instance: Instance, target: OperationTarget, terraform: Terraform): Promise<void> {
    this.#check('deploy this Redis', await terraform.cdktf('deploy'))
    this.#render(instance, target, {})
    let plan = await this.#planOfRest(terraform)
    if (plan.exitCode === changesPlanned) {
      this.#check('deploy this Redis', await terraform.cdktf('deploy'))
      plan = await this.#planOfRest(terraform)
    }
    if (!plan.ok) throw plan.aborted ? explain('check this Redis', plan) : unfinished(plan.output)
  }

  #planOfRest(terraform: Terraform): Promise<TerraformRun> {
    return terraform.terraform('plan', '-detailed-exitcode', '-refresh=false', '-lock=false', '-input=false')
  }

  async #inState(instance: Instance): Promise<GroupInState | undefined> {
    return groupInState(await this.#states.read(instance.stack))
  }

  async #import(id: string, terraform: Terraform): Promise<void> {
    this.#check('prepare Terraform', await terraform.init())
    this.#check('adopt this Redis', await terraform.terraform('import', '-input=false', groupAddress, id))
  }

  async #untaint(terraform: Terraform): Promise<void> {
    this.#check('prepare Terraform', await terraform.init())
    this.#check('prepare this Redis', await terraform.terraform('untaint', groupAddress))
  }

  #render(instance: Instance, target: OperationTarget, variant: StackVariant): void {
    renderStacks(
      [stackSpecOf(this.#stackContext, instance, target, variant)],
      this.#directories.path(instance.stack),
    )
  }

  /**
   * Runs `work` on an instance's work directory with the sole access to its state: what an earlier attempt
   * left running is ended, its credentials and its lock are gone, and the state that it could not save is saved.
   */
  async #prepared<T>(
    instance: Instance,
    attempt: Attempt,
    work: (terraform: Terraform) => Promise<T>,
  ): Promise<T> {
    await attempt.phase('preparing')
    const { stack } = instance
    const name = `${attempt.operationId}/${attempt.number}`
    let access: StateAccess | undefined
    try {
      const ended = await this.#directories.open(stack, name)
      if (ended > 0) this.#log.warn({ instance: instance.id, ended }, 'ended processes of an earlier attempt')
      const holder = `broker operation ${attempt.operationId}, attempt ${attempt.number}`
      access = await this.#states.access({
        stack,
        attempt: name,
        access: 'write',
        holder,
      })
      const lock = await this.#states.lockHolder(stack)
      if (lock && lock.holder !== holder) throw lockedByOperator(lock)
      const terraform = new Terraform({
        workDirectory: this.#directories.path(stack),
        attempt: name,
        stack,
        platform: this.#platform,
        stateAccess: access.environment,
        signal: attempt.signal,
        log: (text) => attempt.log(text),
      })
      await this.#saveErroredState(instance, terraform)
      return await work(terraform)
    } finally {
      await this.#directories.close(stack, name)
      await access?.end()
    }
  }

  /** Brings in the state that terraform could not write at its end. */
  async #saveErroredState(instance: Instance, terraform: Terraform): Promise<void> {
    const { id, stack } = instance
    const file = this.#directories.erroredState(stack)
    if (!existsSync(file)) return
    const save = await goesOn(file, await this.#states.read(stack))
    if (save) {
      // As it was rendered, it may name a place where the states are no longer.
      this.#render(instance, currentTarget(instance), {})
      this.#check('prepare Terraform', await terraform.init())
      this.#check('save the state of an earlier attempt', await terraform.terraform('state', 'push', file))
    }
    await rm(file)
    this.#log.warn({ instance: id, save }, 'found a state that an earlier attempt could not save')
  }

  #check(what: string, run: TerraformRun): void {
    if (!run.ok) throw explain(what, run)
  }
}

function unfinished(detail: string): ProvisionFailure {
  return new ProvisionFailure('Terraform ended before everything was done', detail, { transient: true })
}
