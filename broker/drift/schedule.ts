import { Cron } from 'croner'
import { alive, type Jobs, lease } from '../jobs/jobs.ts'

const queue = 'drift-sweeps'

/** Milliseconds over which a sweep is spread at most: its job is over after a day. */
const longestSpread = 12 * 3_600_000

/** A scheduled sweep, as one process takes it on. */
export interface ScheduledSweep {
  /** When it was due. */
  since: Date
  /** Milliseconds over which its checks are to be spread. */
  spread: number
  signal: AbortSignal
}

/**
 * Sweeps on a schedule, each by one process of all that work on the database. When it dies, another one goes on with
 * the sweep; one that takes longer than its period is not joined by the next one.
 */
export class SweepSchedule {
  readonly #jobs: Jobs
  readonly #schedule: string

  /** @param schedule a cron expression of five fields, in this machine's time zone, or `off` */
  constructor(jobs: Jobs, schedule: string) {
    this.#jobs = jobs
    this.#schedule = schedule
  }

  async start(sweep: (scheduled: ScheduledSweep) => Promise<void>): Promise<void> {
    const { boss } = this.#jobs
    await boss.createQueue(queue, {
      policy: 'exclusive',
      notify: true,
      heartbeatSeconds: lease,
      expireInSeconds: 86_000,
      retryLimit: 10,
      retentionSeconds: 86_400,
      deleteAfterSeconds: 86_400,
    })
    if (this.#schedule === 'off') return boss.unschedule(queue)
    await this.#jobs.freeAbandoned(queue)
    const tz = Intl.DateTimeFormat().resolvedOptions().timeZone
    await boss.schedule(queue, this.#schedule, {}, { tz })
    const options = { ...alive, includeMetadata: true as const }
    await boss.work<object, void, typeof options>(queue, options, async ([job]) => {
      if (job) await sweep({ since: job.createdOn, spread: this.#spread(), signal: job.signal })
    })
  }

  async stop(): Promise<void> {
    await this.#jobs.boss.offWork(queue, { wait: false })
  }

  /** Half of the time until the next one leaves the other half for checks that take long. */
  #spread(): number {
    const untilNext = new Cron(this.#schedule, { paused: true }).msToNext() ?? 0
    return Math.min(untilNext / 2, longestSpread)
  }
}
