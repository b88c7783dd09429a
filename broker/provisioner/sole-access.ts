import { rm } from 'node:fs/promises'
import { renderStacks } from '../../stacks/render.ts'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { parseState } from '../../state-backend/index.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { OperationTarget } from '../model/operation.ts'
import { lockedByOperator } from '../states/locked.ts'
import type { StateAccess, States } from '../states/states.ts'
import { requireSuccess } from '../terraform/failures.ts'
import type { InstalledProvider } from '../terraform/installed-provider.ts'
import { Terraform } from '../terraform/terraform.ts'
import { isSuccessor, WorkDirectories } from '../terraform/work-directories.ts'
import { knownSecrets } from './known-secrets.ts'
import type { Attempt } from './provisioner.ts'
import type { StackSpecs, StackVariant } from './stack-specs.ts'

export interface SoleAccessOptions {
  dataDirectory: string
  specs: StackSpecs
  provider: InstalledProvider
  states: Pick<States, 'access' | 'lockHolder' | 'read'>
  /** Opens the outputs of instances, for the password that must not be kept of what programs print. */
  keyRing: KeyRing
  log: Log
}

/**
 * Gives attempts an instance's work directory and the sole access to its state: what an earlier attempt left
 * running is ended, its credentials and its lock are gone, and the state that it could not save is saved.
 */
export class SoleAccess {
  readonly #directories: WorkDirectories
  readonly #options: SoleAccessOptions
  /**
   * By stack, what terraform could save neither in the backend nor in a file: a disk is full, then, and a database
   * is out of reach. So it waits here for this process's next attempt. If it is lost, that attempt takes what
   * is so from AWS, as after a kill: it only needs one deploy more, and a new token after a creation.
   */
  readonly #unsaved = new Map<string, string>()

  constructor(options: SoleAccessOptions) {
    this.#directories = new WorkDirectories(options.dataDirectory)
    this.#options = options
  }

  async use<T>(instance: Instance, attempt: Attempt, work: (terraform: Terraform) => Promise<T>): Promise<T> {
    const { states, provider, keyRing, log } = this.#options
    const { stack } = instance
    const name = `${attempt.operationId}/${attempt.number}`
    const holder = `broker operation ${attempt.operationId}, attempt ${attempt.number}`
    let access: StateAccess | undefined
    let terraform: Terraform | undefined
    const leave = async () => {
      try {
        await terraform?.close()
        await this.#directories.close(stack, name)
      } finally {
        await access?.end()
      }
    }
    await attempt.phase('preparing')
    let result: T
    try {
      const ended = await this.#directories.open(stack, name)
      if (ended > 0) log.warn({ instance: instance.id, ended }, 'ended processes of an earlier attempt')
      // That may have taken a while. Refused for an attempt that is over: the state is another one's by now.
      await attempt.phase('taking over the state')
      access = await states.access({ stack, attempt: name, access: 'write', holder })
      const lock = await states.lockHolder(stack)
      if (lock && lock.holder !== holder) throw lockedByOperator(lock)
      terraform = new Terraform({
        workDirectory: this.#directories.path(stack),
        attempt: name,
        stack,
        provider,
        stateAccess: access.environment,
        secrets: knownSecrets(keyRing, instance, access.environment),
        signal: attempt.signal,
        log: (text) => attempt.log(text),
        unsaved: (state) => this.#keepUnsaved(stack, state),
      })
      await this.#saveErroredState(instance, terraform)
      result = await work(terraform)
    } catch (error) {
      // Whatever it leaves behind, this is what went wrong.
      await leave().catch((err) => log.warn({ err, instance: instance.id }, 'an attempt could not clear up'))
      throw error
    }
    await leave()
    return result
  }

  #keepUnsaved(stack: string, state: string): void {
    try {
      parseState(new TextEncoder().encode(state))
      this.#unsaved.set(stack, state)
    } catch {
      // It was not printed to its end, or not put together again as it was.
    }
  }

  async render(instance: Instance, target: OperationTarget, variant: StackVariant): Promise<void> {
    const spec = this.#options.specs.of(instance, target, variant)
    await renderStacks([spec], this.#directories.path(instance.stack))
  }

  /** Clears away what a crash has left, but for states that are still to be saved. */
  async tidy(isWorkedOn: (stack: string) => Promise<boolean>): Promise<void> {
    await this.#directories.tidy(async (stack) => {
      if (await isWorkedOn(stack)) return true
      const unsaved = await this.#directories.readErroredState(stack)
      if (unsaved === undefined) return false
      const saved = await this.#options.states.read(stack)
      // Without a saved one there is no instance, or nothing of it that its tags don't tell.
      return saved !== undefined && isSuccessor(unsaved, saved)
    })
  }

  /** Brings in the state that terraform could not write at its end: from where it printed it, or from its file. */
  async #saveErroredState(instance: Instance, terraform: Terraform): Promise<void> {
    const { id, stack } = instance
    for (const unsaved of [this.#unsaved.get(stack), await this.#directories.readErroredState(stack)]) {
      if (unsaved === undefined) continue
      const save = isSuccessor(unsaved, await this.#options.states.read(stack))
      if (save) {
        // As it was rendered, it may name a place where the states are no longer.
        await this.render(instance, currentTarget(instance), {})
        requireSuccess('prepare Terraform', await terraform.init())
        requireSuccess('save the state of an earlier attempt', await terraform.pushState(unsaved))
      }
      this.#options.log.warn({ instance: id, save }, 'found a state that an earlier attempt could not save')
    }
    this.#unsaved.delete(stack)
    await rm(this.#directories.erroredState(stack), { force: true })
  }
}
