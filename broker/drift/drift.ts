import { join } from 'node:path'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import { findInstance } from '../instances/rows.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Log } from '../logging/log.ts'
import type { Deployed } from '../operations/attempts.ts'
import type { Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import type { Platform } from '../platform/platform.ts'
import type { StackVariant } from '../provisioner/stack-specs.ts'
import type { Settings } from '../settings/settings.ts'
import type { States } from '../states/states.ts'
import { Baselines } from './baselines.ts'
import { BulkLook } from './bulk-look.ts'
import { logChange } from './change-log.ts'
import { CheckProvider } from './check-provider.ts'
import { CheckQueue } from './check-queue.ts'
import { Checker } from './checker.ts'
import { Fingerprints } from './fingerprints.ts'
import { type Inspection, Inspector, type InspectorOptions } from './inspector.ts'
import type { DriftRecords } from './records.ts'
import type { Checked } from './report.ts'
import { type ScheduledSweep, SweepSchedule } from './schedule.ts'
import { Sweeper, type SweepRequest } from './sweep.ts'

export interface DriftOptions extends InspectorOptions {
  settings: Pick<
    Settings,
    | 'DRIFT_SCHEDULE'
    | 'DRIFT_AT_ONCE'
    | 'DRIFT_SHARED_PROVIDER'
    | 'DRIFT_FULL_PLAN_DAYS'
    | 'DRIFT_HISTORY_DAYS'
  >
  platform: Platform
  states: States
  jobs: Jobs
  instances: Instances
  operations: Operations
  records: DriftRecords
  readBack: Pick<ReadBack, 'of'>
  /** Called after each check by a plan. */
  checked(instance: Instance, check: Checked): void
  /** Told how many instances were found clean without a plan. */
  looked(count: number): void
  log: Log
}

/** Sweeps on a schedule and on demand. */
export class Drift {
  readonly records: DriftRecords
  readonly #options: DriftOptions
  readonly #inspector: Inspector
  readonly #provider: CheckProvider
  readonly #checks: CheckQueue
  readonly #schedule: SweepSchedule
  readonly #fingerprints: Fingerprints
  readonly #baselines: Baselines
  readonly #sweeper: Sweeper
  readonly #stopping = new AbortController()
  readonly #ready = Promise.withResolvers<void>()
  readonly #running = new Set<Promise<unknown>>()

  constructor(options: DriftOptions) {
    const { records, jobs, settings } = options
    this.records = records
    this.#options = options
    this.#inspector = new Inspector(options)
    this.#provider = new CheckProvider(
      settings.DRIFT_SHARED_PROVIDER ? () => this.#inspector.sharedProvider() : undefined,
    )
    this.#checks = new CheckQueue(jobs)
    this.#schedule = new SweepSchedule(jobs, settings.DRIFT_SCHEDULE)
    this.#fingerprints = new Fingerprints(options.specs, join(options.dataDirectory, 'drift', 'rendered'))
    this.#baselines = new Baselines(this.#fingerprints, options.states)
    this.#sweeper = new Sweeper({
      look: new BulkLook({
        ...options,
        fingerprints: this.#fingerprints,
        fullPlanDays: settings.DRIFT_FULL_PLAN_DAYS,
      }),
      looked: (count) => options.looked(count),
      checks: this.#checks,
      provider: this.#provider,
      atOnce: settings.DRIFT_AT_ONCE,
    })
    // It may fail before anybody awaits it. Who does is told all the same.
    this.#ready.promise.catch(() => {})
  }

  /** Sweeps that operators ask for wait until then: the port may be open before. */
  async start(): Promise<void> {
    try {
      await this.#inspector.open()
      const checker = new Checker({
        ...this.#options,
        inspector: this.#inspector,
        baselines: this.#baselines,
        provider: this.#provider,
      })
      await this.#checks.start(this.#options.settings.DRIFT_AT_ONCE, (request, signal) =>
        checker.check(request, signal),
      )
      await this.#schedule.start((scheduled) => this.#scheduled(scheduled))
      this.#ready.resolve()
    } catch (error) {
      this.#ready.reject(error)
      throw error
    }
  }

  /** @param request its signal ends the sweep early */
  sweep(request: Pick<SweepRequest, 'instances' | 'full' | 'signal' | 'tell'>): Promise<void> {
    return this.#track((stop) =>
      this.#sweeper.sweep({ ...request, signal: AbortSignal.any([request.signal, stop]) }),
    )
  }

  /**
   * Looks at what an operation has deployed.
   * @returns what saves that the instance is clean, along with the success of the operation: an empty plan has just
   * proved it, so that nobody has to look again
   */
  async deployed(instance: Instance): Promise<Deployed> {
    const state = await this.#baselines.stateOf(instance)
    return async (tx, { instanceId }) => {
      const after = await findInstance(tx, instanceId)
      const baseline = state && after && (await this.#baselines.with(state, after))
      const proof = { state: 'clean' as const, findings: [], message: null, durationMilliseconds: 0 }
      const found = { instanceId, ...proof, checkedAt: new Date(), planned: true }
      const { check, before } = await this.records.insert(tx, found, baseline)
      return () => logChange(this.#options.log, check, before)
    }
  }

  /**
   * The changes that deploying a stack would make which departs from an instance's own; nothing is recorded.
   * One at a time for each instance.
   */
  wouldChange(instance: Instance, variant: StackVariant, signal: AbortSignal): Promise<Inspection> {
    return this.#track((stop) =>
      this.#inspector.inspect(instance, undefined, AbortSignal.any([signal, stop]), variant),
    )
  }

  /** Ends running sweeps; what they have found is kept. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker stops'))
    await this.#schedule.stop()
    await this.#checks.stop()
    await Promise.allSettled([...this.#running])
    await this.#provider.stop()
    this.#inspector.close()
  }

  async #scheduled({ since, spread, signal }: ScheduledSweep): Promise<void> {
    const { instances, log, settings } = this.#options
    try {
      await this.#track(async (stop) => {
        await this.#sweeper.sweep({
          instances: await instances.all(),
          full: false,
          signal: AbortSignal.any([signal, stop]),
          since,
          spread,
          tell(event) {
            if (event.type === 'skipped') log.info(event, 'not checked for drift')
            if (event.type === 'ended') log.info(event, 'drift sweep ended')
          },
        })
        await this.records.prune(settings.DRIFT_HISTORY_DAYS)
        const left = await instances.all()
        await this.#inspector.keepOnly(new Set(left.map(({ stack }) => stack)))
        this.#fingerprints.keepOnly(new Set(left.map(({ id }) => id)))
      })
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error({ err: error }, 'drift sweep failed')
      // Another process goes on with it, or this one at its next try.
      throw error
    }
  }

  /** Has a stop wait for the work. */
  async #track<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stopping
    await this.#ready.promise
    signal.throwIfAborted()
    const running = work(signal).finally(() => this.#running.delete(running))
    this.#running.add(running)
    return running
  }
}
