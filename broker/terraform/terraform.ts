import { authTokenVariable } from '../../stacks/redis-stack.ts'
import { stackDirectory } from '../../stacks/render.ts'
import { cdktfEnvironment, type Environment, repository, terraformEnvironment } from './environment.ts'
import { type Printed, withoutSecrets } from './printed.ts'
import { endProcesses, stopGraceSeconds } from './processes.ts'
import { type FullRun, run, type TerraformRun } from './run.ts'

export interface TerraformOptions {
  workDirectory: string
  /** `<operation>/<number>` */
  attempt: string
  stack: string
  /** Where the provider is installed from. */
  provider: Environment
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
  /** The token that a group gets that is created. */
  authToken: string | undefined

  constructor(options: TerraformOptions) {
    this.#options = options
    this.#environment = { ...terraformEnvironment(options), ...options.stateAccess }
  }

  async cdktf(verb: 'deploy' | 'destroy'): Promise<TerraformRun> {
    const { stack, workDirectory } = this.#options
    // Without --skip-provider-lock cdktf would ask the registry for the provider's checksums.
    const skip = ['--skip-synth', '--skip-provider-lock']
    const args = [verb, stack, '--auto-approve', ...skip, '--output', workDirectory]
    // cdktf wants to start where a cdktf.json is.
    const kept = withoutOutputs(keptOf(await this.#run('cdktf', args, { cwd: repository })))
    await this.#options.log(`cdktf ${verb}\n${kept.output}`)
    // A terraform that is killed while it tells its version is none at all for cdktf.
    const missing = kept.output.includes('Terraform CLI not present')
    return missing && (await this.#run('terraform', ['version'], { cwd: repository })).ok
      ? { ...kept, killed: true }
      : kept
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

  /** The outputs as JSON. They hold the password, so they are in nothing that is kept of the run. */
  async outputs(): Promise<TerraformRun & { json: string }> {
    const { stdout, stderr, ...rest } = await this.#run('terraform', ['output', '-json'])
    return { ...rest, output: stderr, json: stdout }
  }

  async #logged(args: string[], input?: string): Promise<TerraformRun> {
    const kept = keptOf(await this.#run('terraform', args, input === undefined ? {} : { input }))
    await this.#options.log(`terraform ${args.join(' ')}\n${kept.output}`)
    return kept
  }

  /** @returns with its `stdout` as it was printed, with all secrets; the rest is without */
  async #run(
    program: 'cdktf' | 'terraform',
    args: string[],
    { cwd = this.#stackDirectory, input }: { cwd?: string; input?: string } = {},
  ): Promise<FullRun> {
    const { workDirectory, attempt, signal, log } = this.#options
    const result = await run(program, args, {
      cwd,
      environment: {
        ...this.#environment,
        ...(program === 'cdktf' ? cdktfEnvironment : {}),
        ...(this.authToken ? { [`TF_VAR_${authTokenVariable}`]: this.authToken } : {}),
      },
      ...(input === undefined ? {} : { input }),
      signal,
      // cdktf's terraform has a session of its own, so that only the marks find it.
      stop: () =>
        void endProcesses(workDirectory, stopGraceSeconds, attempt)
          .catch((error: Error) => log(error.message))
          // The next attempt ends what is left.
          .catch(() => {}),
    })
    const [output, stderr] = [this.#clean(result.output), this.#clean(result.stderr)]
    if (output.state) this.#options.unsaved(output.state)
    return { ...result, output: output.text, stderr: stderr.text }
  }

  #clean(printed: string): Printed {
    const { stack, secrets } = this.#options
    return withoutSecrets(printed, stack, [...secrets, ...(this.authToken ? [this.authToken] : [])])
  }

  get #stackDirectory(): string {
    return stackDirectory(this.#options.workDirectory, this.#options.stack)
  }
}

function keptOf({ stdout, stderr, ...kept }: FullRun): TerraformRun {
  return kept
}

/** When cdktf can't read the outputs, it quotes them with the password. */
function withoutOutputs(kept: TerraformRun): TerraformRun {
  return { ...kept, output: kept.output.replace(/The output was '.*'/s, 'The output is not shown here') }
}
