import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { type Cost, costOf } from './cost.ts'
import type { Environment } from './environment.ts'
import { providerMark } from './marks.ts'
import { unlessAborted } from './unless-aborted.ts'

/** Seconds that a provider gets to say where it listens. The real one takes some. */
const startSeconds = 60

interface Running {
  pid: number
  /** The value for TF_REATTACH_PROVIDERS. */
  reattach: string
  alive(): boolean
  stop(): Promise<void>
}

export interface ProviderProcessOptions {
  /** The provider's executable. */
  program: string
  environment: Environment
  /** Runs it at a low priority. */
  background?: boolean
  /** Follows the sentence about one that does not start. */
  advice?: string
}

/**
 * One provider process that any number of terraform runs attach to, so that none has to start its own. It is
 * started by the first who asks, and again when it has died since. Nobody's signal ends the start, on which others may
 * wait: only a stop does. Terraform's stop of one run ends the calls of all that are attached.
 */
export class ProviderProcess {
  readonly #options: ProviderProcessOptions
  #running: Promise<Running> | undefined
  /** Ends the start that is under way. */
  #starting = new AbortController()

  constructor(options: ProviderProcessOptions) {
    this.#options = options
  }

  /** The variable that lets a terraform attach. @throws what aborts the signal, at once */
  async attachment(signal: AbortSignal): Promise<Record<string, string>> {
    const { reattach } = await unlessAborted(this.#attachable(signal), signal)
    return { TF_REATTACH_PROVIDERS: reattach }
  }

  /** Ends the process, or its start. @returns what it has cost, where the system tells */
  async stop(): Promise<Cost | undefined> {
    const running = this.#running
    this.#running = undefined
    this.#starting.abort(new Error('The AWS provider is stopped.'))
    const started = await running?.catch(() => undefined)
    if (!started) return undefined
    const cost = await costOf(started.pid)
    await started.stop()
    return cost
  }

  async #attachable(signal: AbortSignal): Promise<Running> {
    const before = this.#running
    const isOver = await before?.then(
      (running) => !running.alive(),
      () => true,
    )
    // Another caller may have begun the next one in the meantime.
    if (isOver && this.#running === before) this.#running = undefined
    // Whoever has gone meanwhile needs none.
    signal.throwIfAborted()
    if (!this.#running) {
      this.#starting = new AbortController()
      this.#running = this.#start(this.#starting.signal)
      // Whoever waits for it is told of a failure; all may have gone.
      this.#running.catch(() => {})
    }
    return this.#running
  }

  async #start(signal: AbortSignal): Promise<Running> {
    const { program, environment, background, advice } = this.#options
    const [command, ...words] = [...(background ? ['nice', '-n', '10'] : []), program, '-debug'] as const
    const child = execa(command as string, words, {
      env: { ...environment, ...providerMark },
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
    const { isTerminated, exitCode, originalMessage } = await child
    signal.throwIfAborted()
    // Whatever has ended it may be over; a program that ends by itself, or cannot be started, stays as it is.
    const sentence = isTerminated
      ? 'The AWS provider ended before it said where it listens.'
      : `The plugin of the AWS provider does not run (${originalMessage ?? `it ends with ${exitCode}`}). A broker that starts puts it back.`
    throw new Error([sentence, advice].filter(Boolean).join(' '))
  }
}
