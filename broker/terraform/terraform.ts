import { join } from 'node:path'
import { execa } from 'execa'
import { authTokenVariable } from '../../stacks/redis-stack.ts'
import { stackDirectory } from '../../stacks/render.ts'
import { programEnvironment, repository } from './environment.ts'
import { type Printed, withoutSecrets } from './printed.ts'
import { endProcesses, marks } from './processes.ts'

/** How a run of cdktf or terraform ended. */
export interface TerraformRun {
  ok: boolean
  /** This process told it to stop. */
  aborted: boolean
  /** Somebody else killed it. */
  killed: boolean
  /** What the program said at its end; undefined when it was killed or never ran. */
  exitCode?: number | undefined
  /** The program is not on the PATH. */
  missing: boolean
  /** All that it printed, both streams in order, without secrets. */
  output: string
}

/** Seconds that terraform gets to write its state and unlock once it has been told to stop. */
export const stopPatience = 30

/** cdktf and terraform on one work directory, with one attempt's access to the state. */
export class Terraform {
  readonly #workDirectory: string
  readonly #attempt: string
  readonly #stack: string
  readonly #environment: Record<string, string | undefined>
  readonly #signal: AbortSignal
  readonly #log: (text: string) => Promise<void>
  /** What a group that is created gets as its token. */
  authToken: string | undefined
  readonly #secrets: string[]
  readonly #unsaved: (state: string) => void

  constructor(options: {
    workDirectory: string
    /** `<operation>/<number>` */
    attempt: string
    stack: string
    platform: ProviderSource
    /** TF_HTTP_USERNAME and the like: in the environment, so that they are in no file and no argument. */
    stateAccess: Record<string, string>
    /** What must not be in anything that is kept of a run. */
    secrets: string[]
    signal: AbortSignal
    /** Gets what each run has printed, without secrets. */
    log(text: string): Promise<void>
    /** Gets a state that terraform could only print. Secret. */
    unsaved(state: string): void
  }) {
    this.#workDirectory = options.workDirectory
    this.#attempt = options.attempt
    this.#stack = options.stack
    this.#signal = options.signal
    this.#log = options.log
    this.#secrets = options.secrets
    this.#unsaved = options.unsaved
    this.#environment = {
      ...terraformEnvironment(options.platform, options.workDirectory, options.attempt),
      ...options.stateAccess,
    }
  }

  async cdktf(verb: 'deploy' | 'destroy'): Promise<TerraformRun> {
    // Without --skip-provider-lock cdktf would ask the registry for the provider's checksums.
    const skip = ['--skip-synth', '--skip-provider-lock']
    const options = ['--auto-approve', ...skip, '--output', this.#workDirectory]
    // cdktf wants to start where a cdktf.json is.
    const run = withoutOutputs(await this.#run('cdktf', [verb, this.#stack, ...options], repository))
    await this.#log(`cdktf ${verb}\n${run.output}`)
    // A terraform that is killed while it tells its version is none at all for cdktf.
    const missing = run.output.includes('Terraform CLI not present')
    return missing && (await this.#run('terraform', ['version'], repository)).ok
      ? { ...run, killed: true }
      : run
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
    const { stdout, stderr, ...run } = await this.#run('terraform', ['output', '-json'], this.#directory)
    return { ...run, output: stderr, json: stdout }
  }

  async #logged(args: string[], input?: string): Promise<TerraformRun> {
    const run = await this.#run('terraform', args, this.#directory, input)
    await this.#log(`terraform ${args.join(' ')}\n${run.output}`)
    return run
  }

  get #directory(): string {
    return stackDirectory(this.#workDirectory, this.#stack)
  }

  /** The one way in which a program is run. Only its `stdout` is as it was printed, with all secrets. */
  async #run(
    program: string,
    args: string[],
    cwd: string,
    input?: string,
  ): Promise<TerraformRun & { stdout: string; stderr: string }> {
    const nothing = { output: '', stdout: '', stderr: '' }
    if (this.#signal.aborted) return { ok: false, aborted: true, killed: false, missing: false, ...nothing }
    const child = execa(program, args, {
      cwd,
      env: {
        ...this.#environment,
        ...(this.authToken ? { [`TF_VAR_${authTokenVariable}`]: this.authToken } : {}),
      },
      extendEnv: false,
      all: true,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      reject: false,
      // Not in this process's group: a Ctrl-C at the terminal is for the broker, which ends its children in order.
      detached: true,
      maxBuffer: 20_000_000,
    })
    const stop = () =>
      void endProcesses(this.#workDirectory, stopPatience, this.#attempt)
        .catch((error: Error) => this.#log(error.message))
        // The next attempt ends what is left.
        .catch(() => {})
    this.#signal.addEventListener('abort', stop)
    const result = await child
    this.#signal.removeEventListener('abort', stop)
    const [all, stderr] = [result.all, result.stderr].map((printed) =>
      withoutSecrets(printed ?? '', this.#stack, [
        ...this.#secrets,
        ...(this.authToken ? [this.authToken] : []),
      ]),
    ) as [Printed, Printed]
    if (all.state) this.#unsaved(all.state)
    return {
      ok: !result.failed,
      aborted: this.#signal.aborted,
      killed: result.signal !== undefined,
      exitCode: result.exitCode,
      missing: result.code === 'ENOENT' || result.exitCode === 127,
      output: all.text,
      stdout: result.stdout ?? '',
      stderr: stderr.text,
    }
  }
}

/** When cdktf can't read the outputs, it quotes them with the password. */
function withoutOutputs(run: TerraformRun): TerraformRun {
  return { ...run, output: run.output.replace(/The output was '.*'/s, 'The output is not shown here') }
}

/** The platform's part of the environment: where terraform installs the provider from. */
export interface ProviderSource {
  environment: Record<string, string>
}

/** What every terraform is started with. It carries the marks of the directory and the attempt that it works for. */
export function terraformEnvironment(
  platform: ProviderSource,
  workDirectory: string,
  attempt?: string,
): Record<string, string | undefined> {
  return {
    ...programEnvironment(),
    // Stops the animated output, which has no place in a log.
    CI: 'true',
    TF_IN_AUTOMATION: '1',
    TF_CLI_ARGS: '-no-color',
    // cdktf's plugin cache is one for all of the user's brokers, and not safe for parallel inits. The option of
    // the same name comes too late to have an effect.
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
    // cdktf is 20 MB of JavaScript: without compiling it each time a deploy takes a fifth less CPU.
    NODE_COMPILE_CACHE: join(repository, 'node_modules', '.cache', 'cdktf'),
    ...platform.environment,
    ...marks(workDirectory, attempt),
  }
}
