import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import { findInstance } from '../instances/rows.ts'
import type { Log } from '../logging/log.ts'
import type { Deployed } from '../operations/attempts.ts'
import type { StackVariant } from '../provisioner/stack-specs.ts'
import type { Baselines } from './baselines.ts'
import { logChange } from './change-log.ts'
import type { CheckProvider } from './check-provider.ts'
import type { CheckQueue } from './check-queue.ts'
import type { Checker } from './checker.ts'
import type { Fingerprints } from './fingerprints.ts'
import type { Inspection, Inspector } from './inspector.ts'
import type { DriftRecords } from './records.ts'
import type { ScheduledSweep, SweepSchedule } from './schedule.ts'
import type { Sweeper, SweepRequest } from './sweep.ts'

export interface DriftOptions {
  inspector: Inspector
  fingerprints: Fingerprints
  baselines: Baselines
  provider: CheckProvider
  checker: Checker
  checks: CheckQueue
  sweeper: Sweeper
  schedule: SweepSchedule
  instances: Instances
  records: DriftRecords
  /** How many instances are checked at a time. */
  atOnce: number
  /** Days that the records are kept. */
  historyDays: number
  log: Log
}

/** Sweeps on a schedule and on demand. */
export class Drift {
  readonly #options: DriftOptions
  readonly #stopping = new AbortController()
  readonly #ready = Promise.withResolvers<void>()
  readonly #running = new Set<Promise<unknown>>()

  constructor(options: DriftOptions) {
    this.#options = options
    // It may fail before anybody awaits it. Who does is told all the same.
    this.#ready.promise.catch(() => {})
  }

  /** Sweeps that operators ask for earlier wait for the start. */
  async start(): Promise<void> {
    const { inspector, checks, checker, schedule, atOnce } = this.#options
    try {
      await inspector.open()
      await checks.start(atOnce, (request, signal) => checker.check(request, signal))
      await schedule.start((scheduled) => this.#scheduled(scheduled))
      this.#ready.resolve()
    } catch (error) {
      this.#ready.reject(error)
      throw error
    }
  }

  /** @param request its signal ends the sweep early */
  sweep(request: Pick<SweepRequest, 'instances' | 'full' | 'signal' | 'tell'>): Promise<void> {
    return this.#track((stop) =>
      this.#options.sweeper.sweep({ ...request, signal: AbortSignal.any([request.signal, stop]) }),
    )
  }

  /**
   * Looks at what an operation has deployed.
   * @returns what saves that the instance is clean, along with the success of the operation: an empty plan has just
   * proved it, so that nobody has to look again
   */
  async deployed(instance: Instance): Promise<Deployed> {
    const { baselines, records, log } = this.#options
    const state = await baselines.stateOf(instance)
    return async (tx, { instanceId }) => {
      const after = await findInstance(tx, instanceId)
      const baseline = state && after && (await baselines.with(state, after))
      const proof = { state: 'clean' as const, findings: [], message: null, durationMilliseconds: 0 }
      const found = { instanceId, ...proof, checkedAt: new Date(), planned: true }
      const { check, before } = await records.insert(tx, found, baseline)
      return () => logChange(log, check, before)
    }
  }

  /**
   * The changes that a deploy of a variant of the stack would make; nothing is recorded. To be called for one at a time
   * of each instance.
   */
  wouldChange(instance: Instance, variant: StackVariant, signal: AbortSignal): Promise<Inspection> {
    return this.#track((stop) =>
      this.#options.inspector.inspect(instance, undefined, AbortSignal.any([signal, stop]), variant),
    )
  }

  /** Ends running sweeps; what they have found is kept. */
  async stop(): Promise<void> {
    const { schedule, checks, provider, inspector } = this.#options
    this.#stopping.abort(new Error('the broker stops'))
    await schedule.stop()
    await checks.stop()
    await Promise.allSettled([...this.#running])
    await provider.stop()
    inspector.close()
  }

  async #scheduled({ since, spread, signal }: ScheduledSweep): Promise<void> {
    const { sweeper, inspector, fingerprints, instances, records, historyDays, log } = this.#options
    try {
      await this.#track(async (stop) => {
        await sweeper.sweep({
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
        await records.prune(historyDays)
        const left = await instances.all()
        await inspector.keepOnly(new Set(left.map(({ stack }) => stack)))
        fingerprints.keepOnly(new Set(left.map(({ id }) => id)))
      })
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error({ err: error }, 'drift sweep failed')
      // Another process goes on with it, or this one at its next try.
      throw error
    }
  }

  /** Makes a stop wait for the work. */
  async #track<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stopping
    await this.#ready.promise
    signal.throwIfAborted()
    const running = work(signal).finally(() => this.#running.delete(running))
    this.#running.add(running)
    return running
  }
}
