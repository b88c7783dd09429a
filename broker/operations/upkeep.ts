import { stackName } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { Provisioner } from '../provisioner/provisioner.ts'
import type { Operations } from './operations.ts'
import type { OperationQueue } from './queue.ts'
import type { ReadBack } from './read-back.ts'

/** Milliseconds between two looks whether every operation in progress has a job, and what crashes have left. */
const ensureInterval = 60_000

/** Milliseconds between two looks at what failed updates have come to. */
const observeInterval = 10_000

/** Milliseconds between two looks whose time is over. They are kept for days. */
const expiryInterval = 6 * 3_600_000

export interface UpkeepOptions {
  operations: Pick<Operations, 'runnable' | 'inProgress' | 'unobserved' | 'setObserved' | 'pruneLogs'>
  queue: Pick<OperationQueue, 'ensure'>
  provisioner: Pick<Provisioner, 'tidy'>
  readBack: Pick<ReadBack, 'afterFailure'>
  /** Deletes the snapshots of deleted instances whose time is over. */
  removeExpired(): Promise<void>
  /** How many days the logs of operations are kept. */
  logDays: number
  log: Log
}

/** Looks after the operations beside the attempts at them, every now and then. A failure is only logged. */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #timers: NodeJS.Timeout[] = []

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#ensure()
    this.#timers.push(
      setInterval(() => this.#ensure(), ensureInterval),
      setInterval(() => this.observeFailed(), observeInterval),
      setInterval(() => this.#removeExpired(), expiryInterval),
    )
    void this.#removeExpired()
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** Brings on record as much of a failed or cancelled update as AWS has taken. */
  async observeFailed(): Promise<void> {
    const { operations, readBack, log } = this.#options
    try {
      for (const operation of await operations.unobserved()) {
        if (await readBack.afterFailure(operation)) await operations.setObserved(operation)
      }
    } catch (error) {
      log.warn({ err: error }, 'looking what failed updates have come to failed')
    }
  }

  /** Has everything begin that waits without a job, as new operations do after a pause. */
  async resume(): Promise<void> {
    const { operations, queue } = this.#options
    await queue.ensure(await operations.runnable())
  }

  async #removeExpired(): Promise<void> {
    const { removeExpired, log } = this.#options
    await removeExpired().catch((err) => log.warn({ err }, 'removing old snapshots failed'))
  }

  async #ensure(): Promise<void> {
    const { operations, provisioner, logDays, log } = this.#options
    try {
      await this.resume()
      await operations.pruneLogs(logDays)
      await provisioner.tidy(async (stack) => {
        const inProgress = await operations.inProgress()
        return inProgress.some(({ instanceId }) => stackName(instanceId) === stack)
      })
    } catch (error) {
      log.warn({ err: error }, 'looking after the operations failed')
    }
  }
}
