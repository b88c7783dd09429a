import { Cron } from 'croner'
import type { Database } from '../database/database.ts'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import type { Log } from '../logging/log.ts'
import type { Operation } from '../operations/operation.ts'
import type { Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import type { StackVariant } from '../provisioner/stack-spec.ts'
import type { Settings } from '../settings/settings.ts'
import { logChange } from './change-log.ts'
import { type Inspection, Inspector, type InspectorOptions } from './inspector.ts'
import { type DriftRecords, insertCheck } from './records.ts'
import { type Checked, type SweepEvent, takenByAnother } from './report.ts'
import { Sweeper } from './sweep.ts'
import { tellWebhook } from './webhook.ts'

export interface DriftOptions extends InspectorOptions {
  settings: Pick<
    Settings,
    | 'DRIFT_SCHEDULE'
    | 'DRIFT_AT_ONCE'
    | 'DRIFT_SHARED_PROVIDER'
    | 'DRIFT_HISTORY_DAYS'
    | 'DRIFT_WEBHOOK_URL'
    | 'DRIFT_WEBHOOK_SECRET'
  >
  /** Whether no other process works on the database: then claims that are there at first are a dead one's. */
  alone: boolean
  instances: Instances
  operations: Operations
  records: DriftRecords
  readBack: Pick<ReadBack, 'of'>
  checked(instance: Instance, check: Checked): void
  log: Log
}

/** Sweeps on a schedule and on demand. */
export class Drift {
  readonly records: DriftRecords
  readonly #options: DriftOptions
  readonly #inspector: Inspector
  readonly #sweeper: Sweeper
  readonly #stopping = new AbortController()
  readonly #tidied: Promise<void>
  readonly #running = new Set<Promise<unknown>>()
  #telling = Promise.resolve()
  #schedule: Cron | undefined

  constructor(options: DriftOptions) {
    this.records = options.records
    this.#options = options
    this.#inspector = new Inspector(options)
    const { DRIFT_AT_ONCE: atOnce, DRIFT_SHARED_PROVIDER: sharedProvider } = options.settings
    this.#sweeper = new Sweeper({ ...options, inspector: this.#inspector, atOnce, sharedProvider })
    this.#tidied = this.#tidy()
    // It may fail before anybody awaits it. Who does is told all the same.
    this.#tidied.catch(() => {})
  }

  /** Begins the scheduled sweeps. */
  async start(): Promise<void> {
    await this.#tidied
    const { DRIFT_SCHEDULE: schedule } = this.#options.settings
    if (schedule === 'off') return
    // `protect`: a sweep that takes longer than its period is not joined by the next one.
    this.#schedule = new Cron(schedule, { protect: true }, (cron) => this.#scheduled(cron))
  }

  /** @param signal ends it early */
  sweep(instances: Instance[], signal: AbortSignal, tell: (event: SweepEvent) => void): Promise<void> {
    return this.#track((stop) =>
      this.#sweeper.sweep({ instances, signal: AbortSignal.any([signal, stop]), tell }),
    )
  }

  /**
   * Saves that an instance is clean, along with the success of an operation: an empty plan has just proved it, so that
   * nobody has to look again.
   * @returns to be called once it is saved
   */
  async deployed(tx: Database, { instanceId }: Operation): Promise<() => void> {
    const proof = { state: 'clean' as const, findings: [], message: null, durationMilliseconds: 0 }
    const { check, before } = await insertCheck(tx, { instanceId, ...proof, checkedAt: new Date() })
    return () => {
      logChange(this.#options.log, check, before)
      this.#tellWebhook(this.#stopping.signal)
    }
  }

  /**
   * What deploying a stack would change that departs from an instance's own; nothing is recorded.
   * One at a time for each instance.
   */
  wouldChange(instance: Instance, variant: StackVariant, signal: AbortSignal): Promise<Inspection> {
    return this.#track((stop) =>
      this.#inspector.inspect(instance, undefined, AbortSignal.any([signal, stop]), variant),
    )
  }

  /** Ends running sweeps; what they have found is kept. */
  async stop(): Promise<void> {
    this.#schedule?.stop()
    this.#stopping.abort(new Error('the broker stops'))
    await Promise.allSettled([...this.#running])
    await this.#telling
    this.#inspector.close()
  }

  async #scheduled(cron: Cron): Promise<void> {
    const { instances, log } = this.#options
    const since = new Date()
    try {
      await this.#track(async (signal) => {
        const all = await instances.all()
        // Half of the period leaves the other half for checks that take long.
        await this.#sweeper.sweep({
          instances: all,
          signal,
          since,
          spread: (cron.msToNext() ?? 0) / 2,
          tell(event) {
            if (event.type === 'skipped' && event.reason !== takenByAnother) {
              log.info(event, 'not checked for drift')
            }
            if (event.type === 'ended') log.info(event, 'drift sweep ended')
          },
        })
        await this.records.prune(this.#options.settings.DRIFT_HISTORY_DAYS)
        const left = await instances.all()
        await this.#inspector.keepOnly(new Set(left.map(({ stack }) => stack)))
      })
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error({ err: error }, 'drift sweep failed')
    }
  }

  /** Before any sweep: the port is open by now, and the claims of one that an operator begins must stay. */
  async #tidy(): Promise<void> {
    await this.#inspector.tidy()
    if (this.#options.alone) await this.records.releaseAll()
  }

  /** Has a stop wait for the work, and tells the webhook what it has found. */
  async #track<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stopping
    await this.#tidied
    signal.throwIfAborted()
    const running = work(signal).finally(() => this.#running.delete(running))
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#tellWebhook(signal)
    }
  }

  #tellWebhook(signal: AbortSignal): void {
    const { DRIFT_WEBHOOK_URL: url, DRIFT_WEBHOOK_SECRET: secret } = this.#options.settings
    if (!url || !secret) return
    const { instances, log } = this.#options
    // One after the other, so that nothing is told twice.
    this.#telling = this.#telling
      .then(() => tellWebhook({ url, secret }, this.records, instances, log, signal))
      .catch((error) => {
        if (!signal.aborted) log.error({ err: error }, 'the drift webhook failed')
      })
  }
}
