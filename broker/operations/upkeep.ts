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
  /** Deletes the snapshots of deleted instances whose time is over. The signal ends it early. */
  removeExpired(signal: AbortSignal): Promise<void>
  /** How many days the logs of operations are kept. */
  logDays: number
  log: Log
}

/** Looks after the operations beside the attempts at them, every now and then. A failure is only logged. */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #timers: NodeJS.Timeout[] = []
  readonly #underWay = new Map<() => Promise<void>, Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#alone(this.#ensure)
    this.#timers.push(
      setInterval(() => this.#alone(this.#ensure), ensureInterval),
      setInterval(() => this.observeFailed(), observeInterval),
      setInterval(() => this.#alone(this.#removeExpired), expiryInterval),
    )
    void this.#alone(this.#removeExpired)
  }

  /** Waits for what is under way: it needs the database. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#underWay.values())
  }

  /**
   * Brings on record as much of failed or cancelled updates as AWS has taken. While that is under way, it is waited for:
   * a failure that it does not see yet is seen by the next look.
   */
  observeFailed(): Promise<void> {
    return this.#alone(this.#observe)
  }

  /** Has everything begin that waits without a job, as new operations do after a pause. */
  async resume(): Promise<void> {
    const { operations, queue } = this.#options
    await queue.ensure(await operations.runnable())
  }

  /** Does each kind of work once at a time, however long it takes. @param work does not fail */
  #alone(work: () => Promise<void>): Promise<void> {
    const running = this.#underWay.get(work) ?? work().finally(() => this.#underWay.delete(work))
    this.#underWay.set(work, running)
    return running
  }

  readonly #observe = async (): Promise<void> => {
    const { operations, readBack, log } = this.#options
    const unobserved = await operations.unobserved().catch((err) => {
      log.warn({ err }, 'looking which updates have failed failed')
      return []
    })
    for (const operation of unobserved) {
      if (this.#stopping.signal.aborted) return
      try {
        if (await readBack.afterFailure(operation)) await operations.setObserved(operation)
      } catch (err) {
        const { id, instanceId: instance } = operation
        log.warn({ err, instance, operation: id }, 'looking what a failed update has come to failed')
      }
    }
  }

  readonly #removeExpired = async (): Promise<void> => {
    const { removeExpired, log } = this.#options
    const { signal } = this.#stopping
    await removeExpired(signal).catch((err) => {
      if (!signal.aborted) log.warn({ err }, 'removing old snapshots failed')
    })
  }

  readonly #ensure = async (): Promise<void> => {
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
