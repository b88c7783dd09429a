import { authTokenVariable } from '../../stacks/redis-stack-spec.ts'
import { readConfiguration, type StackConfiguration, stackDirectory } from '../../stacks/render.ts'
import { cdktf } from './cdktf.ts'
import { type Environment, terraformEnvironment } from './environment.ts'
import type { InstalledProvider } from './installed-provider.ts'
import { type Printed, withoutSecrets } from './printed.ts'
import { endProcesses, stopGraceSeconds } from './processes.ts'
import { ProviderProcess } from './provider-process.ts'
import { type FullRun, type RunOptions, run, type TerraformRun } from './run.ts'

export interface TerraformOptions {
  workDirectory: string
  /** `<operation>/<number>` */
  attempt: string
  stack: string
  provider: InstalledProvider
  /** TF_HTTP_USERNAME and the like: in the environment, so that they are in no file and no argument. */
  stateAccess: Record<string, string>
  /** Words that must not be in anything that is kept of a run. */
  secrets: string[]
  signal: AbortSignal
  /** Gets what each run has printed, without secrets. */
  log(text: string): Promise<void>
  /** Gets a state that terraform could only print. Secret. */
  unsaved(state: string): void
}

/** cdktf and terraform on one work directory, with one attempt's access to the state. */
export class Terraform {
  readonly #options: TerraformOptions
  readonly #environment: Environment
  /** One for all runs: the real one costs seconds and hundreds of megabytes to start. */
  readonly #provider: ProviderProcess
  /** The token that a group gets that is created. */
  authToken: string | undefined

  constructor(options: TerraformOptions) {
    this.#options = options
    this.#environment = terraformEnvironment(options)
    this.#provider = new ProviderProcess({
      program: options.provider.program,
      environment: this.#environment,
    })
  }

  /** `ok` only when terraform has done all of it. */
  async cdktf(verb: 'deploy' | 'destroy'): Promise<TerraformRun> {
    const { stack, workDirectory, signal, log } = this.#options
    const attachment = () => this.#provider.attachment(signal)
    const kept = await this.#run((options) => cdktf(verb, stack, workDirectory, { ...options, attachment }))
    await log(`cdktf ${verb}\n${kept.output}`)
    // A terraform that is killed while it tells its version is none at all for cdktf.
    const missing = kept.output.includes('Terraform CLI not present')
    return missing && (await this.#terraform(['version'])).ok ? { ...kept, killed: true } : kept
  }

  /** Prepares the directory for `terraform`; `cdktf` does it by itself. */
  init(): Promise<TerraformRun> {
    return this.terraform('init', '-input=false')
  }

  terraform(...args: string[]): Promise<TerraformRun> {
    return this.#logged(args)
  }

  /**
   * Makes this state the current one, by Terraform's rules: of the same lineage, and newer. It goes in by standard input,
   * so that it is in no file.
   */
  pushState(state: string): Promise<TerraformRun> {
    return this.#logged(['state', 'push', '-'], state)
  }

  /** Begins to start the provider, which takes a while and is needed soon. */
  startProvider(): void {
    // Whoever needs it is told of a failure.
    this.#provider.attachment(this.#options.signal).catch(() => {})
  }

  /** Ends the provider. */
  async close(): Promise<void> {
    await this.#provider.stop()
  }

  /** The stack as it is rendered now. */
  configuration(): StackConfiguration {
    return readConfiguration(this.#options.workDirectory, this.#options.stack)
  }

  async #logged(args: string[], input?: string): Promise<TerraformRun> {
    const kept = await this.#terraform(args, input)
    await this.#options.log(`terraform ${args.join(' ')}\n${kept.output}`)
    return kept
  }

  #terraform(args: string[], input?: string): Promise<TerraformRun> {
    const { workDirectory, stack, signal } = this.#options
    const cwd = stackDirectory(workDirectory, stack)
    return this.#run(async (options) => {
      const environment = { ...options.environment, ...(await this.#provider.attachment(signal)) }
      return run('terraform', args, {
        ...options,
        environment,
        cwd,
        ...(input === undefined ? {} : { input }),
      })
    })
  }

  async #run(start: (options: RunOptions) => Promise<FullRun>): Promise<TerraformRun> {
    const { workDirectory, attempt, signal, log, stateAccess, unsaved } = this.#options
    const { stdout, stderr, ...result } = await start({
      environment: {
        ...this.#environment,
        ...stateAccess,
        ...(this.authToken ? { [`TF_VAR_${authTokenVariable}`]: this.authToken } : {}),
      },
      signal,
      // cdktf's terraform has a session of its own, so that only the marks find it.
      stop: () =>
        void endProcesses(workDirectory, stopGraceSeconds, attempt)
          .catch((error: Error) => log(error.message))
          // The next attempt ends what is left.
          .catch(() => {}),
    })
    const { text, state } = this.#clean(result.output)
    if (state) unsaved(state)
    return { ...result, output: text }
  }

  #clean(printed: string): Printed {
    const { stack, secrets } = this.#options
    return withoutSecrets(printed, stack, [...secrets, ...(this.authToken ? [this.authToken] : [])])
  }
}
