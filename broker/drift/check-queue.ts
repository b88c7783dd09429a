import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, PgBoss } from 'pg-boss'
import { alive, type Jobs, lease } from '../jobs/jobs.ts'
import type { Checked, Skipped } from './report.ts'

/** Minutes after which a check is stopped. Who waits for the broker's answer gives up after five. */
export const checkMinutes = 4

export interface CheckRequest {
  instanceId: string
  /** Of a scheduled sweep, ISO 8601: what has been checked since then needs no other check. */
  since?: string
  /** Those of a higher one come first. */
  priority: number
}

/** The result of a check. Whoever asked for it adds the names of an instance that was left out. */
export type CheckResult = Checked | Pick<Skipped, 'type' | 'reason'>

type Check = (request: CheckRequest, signal: AbortSignal) => Promise<CheckResult>

const queue = 'drift-checks'

/** Milliseconds between two looks whether another process has made a check. */
const lookInterval = 500

/**
 * Checks by `terraform plan` as jobs: one at a time for each instance, so many at a time in each process, whoever asks
 * for them. A process that dies loses its lease, and another one makes the check.
 */
export class CheckQueue {
  readonly #boss: PgBoss
  readonly #jobs: Jobs
  readonly #stopping = new AbortController()
  /** Those of this process, by the ids of their jobs. */
  readonly #running = new Map<string, { stop: AbortController; result: Promise<CheckResult> }>()
  readonly #waiting = new Map<string, (result: CheckResult) => void>()

  constructor(jobs: Jobs) {
    this.#jobs = jobs
    this.#boss = jobs.boss
  }

  async start(atOnce: number, check: Check): Promise<void> {
    await this.#boss.createQueue(queue, {
      // One at a time for each key, and the key is the instance.
      policy: 'singleton',
      notify: true,
      heartbeatSeconds: lease,
      expireInSeconds: (checkMinutes + 1) * 60,
      retryLimit: 2,
      retentionSeconds: 86_400,
      deleteAfterSeconds: 3600,
    })
    // Who waited for them has died with the process that had the embedded database.
    if (!this.#jobs.shared) await this.#boss.deleteAllJobs(queue)
    const options = { ...alive, localConcurrency: atOnce }
    await this.#boss.work<CheckRequest, CheckResult, typeof options>(
      queue,
      options,
      async ([job]: Job<CheckRequest>[]) => this.#run(job as Job<CheckRequest>, check),
    )
  }

  /**
   * Has some process check an instance, and waits for it.
   * @param signal withdraws the request, and ends the check
   * @throws what aborted the signal, or Error when the check came to no end
   */
  async check(request: CheckRequest, signal: AbortSignal): Promise<CheckResult> {
    signal.throwIfAborted()
    const id = randomUUID()
    const here = new Promise<CheckResult>((resolve) => this.#waiting.set(id, resolve))
    try {
      const { instanceId: singletonKey, priority } = request
      await this.#boss.send(queue, request, { id, singletonKey, priority })
      return await Promise.race([here, this.#elsewhere(id, signal)])
    } catch (error) {
      if (!signal.aborted) throw error
      await this.#withdraw(id)
      throw signal.reason
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** Ends what runs here. It is made anew by another process, if there is one. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker stops'))
    await this.#boss.offWork(queue, { wait: false })
    await Promise.allSettled([...this.#running.values()].map(({ result }) => result))
  }

  async #run({ id, data, signal }: Job<CheckRequest>, check: Check): Promise<CheckResult> {
    this.#stopping.signal.throwIfAborted()
    const stop = new AbortController()
    const result = check(data, AbortSignal.any([signal, stop.signal, this.#stopping.signal]))
    this.#running.set(id, { stop, result })
    try {
      const made = await result
      this.#waiting.get(id)?.(made)
      return made
    } finally {
      this.#running.delete(id)
    }
  }

  /**
   * The result of a check that another process has made. Also the failure of one that was made here: by then the job
   * has been tried again.
   */
  async #elsewhere(id: string, signal: AbortSignal): Promise<CheckResult> {
    while (this.#waiting.has(id)) {
      await sleep(lookInterval, undefined, { signal })
      const [job] = await this.#boss.findJobs<CheckRequest>(queue, { id })
      if (job?.state === 'completed') return job.output as unknown as CheckResult
      if (!job || job.state === 'failed' || job.state === 'cancelled') {
        const { message } = (job?.output ?? {}) as { message?: string }
        throw new Error(message ?? 'the check came to no end')
      }
    }
    // It was made here in the meantime: nobody waits for this.
    return new Promise(() => {})
  }

  async #withdraw(id: string): Promise<void> {
    const running = this.#running.get(id)
    running?.stop.abort(new Error('nobody waits for the check any longer'))
    await running?.result.catch(() => {})
    await this.#boss.cancel(queue, id).catch(() => {})
  }
}
