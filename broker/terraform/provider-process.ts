import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { awsProvider } from '../../stacks/aws-provider.ts'
import { type Cost, costOf } from './cost.ts'
import type { Environment } from './environment.ts'
import { run } from './run.ts'

/** Seconds that a provider gets to say where it listens. The real one takes some. */
const startSeconds = 60

interface Running {
  pid: number
  /** The value for TF_REATTACH_PROVIDERS. */
  reattach: string
  alive(): boolean
  stop(): Promise<void>
}

/**
 * One provider process that any number of terraform runs attach to, so that none has to start its own. It is
 * started by the first who asks, and again when it has died since.
 */
export class ProviderProcess {
  readonly #directory: string
  readonly #environment: Environment
  readonly #version: string
  #running: Promise<Running> | undefined

  /** @param directory where the provider is unpacked, once for all sweeps */
  constructor(directory: string, environment: Environment, version: string) {
    this.#directory = directory
    this.#version = version
    this.#environment = environment
  }

  /** What a terraform needs in its environment to attach. */
  async attachment(signal: AbortSignal): Promise<Record<string, string>> {
    const before = this.#running
    const isOver = await before?.then(
      (running) => !running.alive(),
      () => true,
    )
    // Another caller may have begun the next one in the meantime.
    if (isOver && this.#running === before) this.#running = undefined
    this.#running ??= this.#start(signal)
    return { TF_REATTACH_PROVIDERS: (await this.#running).reattach }
  }

  /** Ends the process. @returns what it has cost, where the system tells */
  async stop(): Promise<Cost | undefined> {
    const running = await this.#running?.catch(() => undefined)
    this.#running = undefined
    if (!running) return undefined
    const cost = await costOf(running.pid)
    await running.stop()
    return cost
  }

  async #start(signal: AbortSignal): Promise<Running> {
    const program = await this.#program(signal)
    signal.throwIfAborted()
    const child = execa('nice', ['-n', '10', program, '-debug'], {
      env: this.#environment,
      extendEnv: false,
      stdin: 'ignore',
      stdout: 'pipe',
      // A provider's log may quote requests.
      stderr: 'ignore',
      buffer: false,
      reject: false,
      detached: true,
      // A kill follows when it does not end.
      forceKillAfterDelay: 5000,
    })
    const { nodeChildProcess } = child
    const enough = AbortSignal.any([signal, AbortSignal.timeout(startSeconds * 1000)])
    const giveUp = () => child.kill('SIGKILL')
    enough.addEventListener('abort', giveUp)
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const reattach = /TF_REATTACH_PROVIDERS='(.*)'/.exec(line)?.[1]
        if (!reattach) continue
        // Nothing more is of interest, and a full pipe would stop the provider.
        child.stdout.resume()
        return {
          pid: child.pid as number,
          reattach,
          alive: () => nodeChildProcess.exitCode === null && nodeChildProcess.signalCode === null,
          async stop() {
            child.kill('SIGTERM')
            await child
          },
        }
      }
    } finally {
      enough.removeEventListener('abort', giveUp)
    }
    signal.throwIfAborted()
    throw new Error(
      'The provider ended before it said where it listens. Set DRIFT_SHARED_PROVIDER=false to go without.',
    )
  }

  /** The provider's program, as `terraform init` unpacks it from the mirror. */
  async #program(signal: AbortSignal): Promise<string> {
    const provider = { ...awsProvider, version: this.#version }
    const place = join(this.#directory, '.terraform', 'providers', provider.source, provider.version)
    const found = await programBelow(place)
    if (found) return found
    await rm(this.#directory, { recursive: true, force: true })
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const configuration = { terraform: { required_providers: { aws: provider } } }
    await writeFile(join(this.#directory, 'main.tf.json'), JSON.stringify(configuration))
    const init = await run('terraform', ['init', '-input=false'], {
      cwd: this.#directory,
      environment: this.#environment,
      signal,
      background: true,
    })
    signal.throwIfAborted()
    const program = await programBelow(place)
    if (!init.ok || !program) throw new Error(`The provider can't be installed:\n${init.output}`)
    return program
  }
}

async function programBelow(directory: string): Promise<string | undefined> {
  const [platform] = await readdir(directory).catch(() => [])
  if (!platform) return undefined
  // A link into a mirror that has gone leads nowhere.
  const names = await readdir(join(directory, platform)).catch(() => [])
  const name = names.find((candidate) => candidate.startsWith('terraform-provider-aws'))
  return name && join(directory, platform, name)
}
