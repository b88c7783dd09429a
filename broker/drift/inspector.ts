import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { type OwnDirectory, takeDirectory } from '../data-directory/own-directory.ts'
import type { Instance } from '../instances/instance.ts'
import type { Platform } from '../platform/platform.ts'
import { knownSecrets } from '../provisioner/known-secrets.ts'
import { type Naming, replicationGroupId } from '../provisioner/naming.ts'
import type { StackSpecs, StackVariant } from '../provisioner/stack-specs.ts'
import type { States } from '../states/states.ts'
import { type Cost, total } from '../terraform/cost.ts'
import { type Environment, terraformEnvironment } from '../terraform/environment.ts'
import { withoutSecrets } from '../terraform/printed.ts'
import { endProcesses } from '../terraform/processes.ts'
import { ProviderProcess } from '../terraform/provider-process.ts'
import { type FullRun, run } from '../terraform/run.ts'
import { startOf } from '../text/shorten.ts'
import type { DriftState, Finding } from './finding.ts'
import { classify } from './plan.ts'

/** The result of a look at one instance. */
export interface Inspection extends Cost {
  state: DriftState
  findings: Finding[]
  /** Why nothing could be found out, in terraform's words, without secrets. */
  message?: string
}

/**
 * Looks how instances stand to the world: `terraform plan` in a directory of their own, which stays, so that
 * `init` is done once. It reads only. No lock is taken, and its access to the state can write nothing.
 */
export class Inspector {
  readonly #parent: string
  #own: OwnDirectory | undefined
  readonly #naming: Naming
  readonly #specs: StackSpecs
  readonly #platform: InspectorOptions['platform']
  readonly #states: InspectorOptions['states']
  readonly #keyRing: KeyRing
  /** The stacks that are looked at now. */
  readonly #inUse = new Set<string>()

  constructor(options: InspectorOptions) {
    this.#parent = join(options.dataDirectory, 'drift')
    this.#naming = options.naming
    this.#specs = options.specs
    this.#platform = options.platform
    this.#states = options.states
    this.#keyRing = options.keyRing
  }

  /**
   * Takes a directory that no other process has. Ends what a sweep of the dead process that had it before left running,
   * and its access to states, and removes its plans, which hold secrets. Others on the same database go on.
   */
  async open(): Promise<void> {
    this.#own = takeDirectory(this.#parent)
    await endProcesses(this.#directory, 5)
    await this.#states.endReads(this.#reader)
    await rm(this.#plans, { recursive: true, force: true })
  }

  /** Lets others have its directory. */
  close(): void {
    this.#own?.release()
    this.#own = undefined
  }

  get #directory(): string {
    if (!this.#own) throw new Error('The inspector is not open.')
    return this.#own.path
  }

  /** The beginning of the names of its attempts to read states. */
  get #reader(): string {
    return `drift/${idOf(this.#directory)}/`
  }

  get #environment(): Environment {
    return terraformEnvironment({ provider: this.#platform.provider, workDirectory: this.#directory })
  }

  sharedProvider(): ProviderProcess {
    return new ProviderProcess({
      program: this.#platform.provider.program,
      environment: this.#environment,
      background: true,
      advice: 'Set DRIFT_SHARED_PROVIDER=false to go without.',
    })
  }

  /** Removes the directories of stacks that are gone; one that is to be adopted has no instance yet. */
  async keepOnly(stacks: Set<string>): Promise<void> {
    const root = join(this.#directory, 'stacks')
    for (const stack of await readdir(root).catch(() => [])) {
      // At once, so that nobody begins to use it meanwhile.
      if (!stacks.has(stack) && !this.#inUse.has(stack)) {
        rmSync(join(root, stack), { recursive: true, force: true })
      }
    }
  }

  /** @returns what AWS is doing to the group, as long as it can't be looked at: modifying, snapshotting */
  async busyWith(instance: Instance, signal: AbortSignal): Promise<string | undefined> {
    const group = await this.#platform.replicationGroup(replicationGroupId(this.#naming, instance), signal)
    return group && !['available', 'create-failed'].includes(group.status) ? group.status : undefined
  }

  async inspect(
    instance: Instance,
    provider: Pick<ProviderProcess, 'attachment'> | undefined,
    signal: AbortSignal,
    variant: StackVariant = {},
  ): Promise<Inspection> {
    const access = await this.#states.access({
      stack: instance.stack,
      attempt: this.#reader + randomUUID(),
      access: 'read',
      holder: 'drift sweep of the broker',
    })
    this.#inUse.add(instance.stack)
    let found: Inspection
    try {
      found = await this.#plan(instance, variant, provider, signal, access.environment)
    } catch (error) {
      // Whatever comes of it, this is what went wrong.
      await access.end().catch(() => {})
      throw error
    } finally {
      this.#inUse.delete(instance.stack)
    }
    await access.end()
    return found
  }

  async #plan(
    instance: Instance,
    variant: StackVariant,
    provider: Pick<ProviderProcess, 'attachment'> | undefined,
    signal: AbortSignal,
    stateAccess: Record<string, string>,
  ): Promise<Inspection> {
    const output = join(this.#directory, 'stacks', instance.stack)
    // Deletable, so that a plan with a replacement is made and told; an apply refuses it.
    const spec = this.#specs.of(instance, undefined, { ...variant, deletable: true })
    await renderStacks([spec], output)
    const cwd = stackDirectory(output, instance.stack)
    const costs: Cost[] = []
    const terraform = async (...args: string[]) => {
      const environment = {
        ...this.#environment,
        ...stateAccess,
        ...(await provider?.attachment(signal)),
      }
      const done = await run('terraform', args, { cwd, environment, signal, background: true })
      signal.throwIfAborted()
      if (done.cost) costs.push(done.cost)
      return done
    }
    const plan = join(this.#plans, `${instance.stack}.tfplan`)
    const makePlan = () => terraform('plan', '-input=false', '-lock=false', `-out=${plan}`)
    await mkdir(this.#plans, { recursive: true, mode: 0o700 })
    try {
      const fresh = await this.#prepare(cwd, provider !== undefined, terraform)
      let made = await makePlan()
      // It may be the directory: prepared for another provider, or by another terraform.
      if (!made.ok && !fresh) {
        await rm(join(cwd, '.terraform'), { recursive: true, force: true })
        await this.#prepare(cwd, provider !== undefined, terraform)
        made = await makePlan()
      }
      if (made.ok) made = await terraform('show', '-json', plan)
      const secrets = () => knownSecrets(this.#keyRing, instance, stateAccess)
      const found = made.ok
        ? classify(made.stdout)
        : failed(withoutSecrets(made.output, instance.stack, secrets()).text)
      return { ...found, ...total(costs) }
    } finally {
      await rm(plan, { force: true })
    }
  }

  /** @returns whether `init` was done now */
  async #prepare(
    cwd: string,
    shared: boolean,
    terraform: (...args: string[]) => Promise<FullRun>,
  ): Promise<boolean> {
    // An attached provider is not installed, so the one kind of directory does not serve the other.
    const mark = join(cwd, '.terraform', 'prepared-for')
    const kind = shared ? 'attached provider' : 'own provider'
    if ((await readFile(mark, 'utf8').catch(() => '')) === kind) return false
    await rm(join(cwd, '.terraform.lock.hcl'), { force: true })
    const init = await terraform('init', '-input=false')
    if (init.ok) await writeFile(mark, kind)
    return true
  }

  get #plans(): string {
    return join(this.#directory, 'plans')
  }
}

/** Of a directory, from its first use on; no other directory has it, on whatever machine. */
function idOf(directory: string): string {
  const file = join(directory, 'id')
  if (!existsSync(file)) writeFileSync(file, randomUUID())
  return readFileSync(file, 'utf8')
}

export interface InspectorOptions {
  dataDirectory: string
  naming: Naming
  specs: StackSpecs
  platform: Pick<Platform, 'provider' | 'replicationGroup'>
  states: Pick<States, 'access' | 'endReads'>
  keyRing: KeyRing
}

/** For people: nothing is decided by terraform's words. */
function failed(output: string): Pick<Inspection, 'state' | 'findings' | 'message'> {
  const start = Math.max(output.indexOf('Error: '), 0)
  return { state: 'error', findings: [], message: startOf(output.slice(start), 2000).trim() }
}
