import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { driftStates } from '../drift/finding.ts'
import type { InstanceList } from '../drift/instance-list.ts'
import { version } from '../model/version.ts'
import type { Operations } from '../operations/operations.ts'
import type { Pause } from '../operations/pause.ts'

export interface MetricsOptions {
  list: Pick<InstanceList, 'driftStates'>
  operations: Operations
  pause: Pick<Pause, 'current'>
}

/**
 * Metrics for Prometheus. All but the durations and the failed logins come from the database, so every broker process
 * tells the same.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #checkDuration: Histogram
  readonly #driftChecks: Counter
  readonly #failedLogins: Counter

  constructor({ list, operations, pause }: MetricsOptions) {
    const registers = [this.#registry]
    new Gauge({
      name: 'broker_info',
      help: 'Is 1; the label tells the version.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1)
    new Gauge({
      name: 'broker_paused',
      help: 'Whether operators have paused new operations: 0 or 1.',
      registers,
      async collect() {
        this.set((await pause.current()) ? 1 : 0)
      },
    })
    // One look for two metrics, of which the first begins it.
    let looked: Promise<void> | undefined
    const byDrift = new Gauge({
      name: 'broker_instances',
      help: 'Service instances by the drift state of their last check.',
      labelNames: ['drift'],
      registers,
      collect() {
        looked = lookAtDrift()
        return looked
      },
    })
    const oldest = new Gauge({
      name: 'broker_drift_oldest_check_age_seconds',
      help: 'Seconds since the instance was checked that was not checked for longest.',
      registers,
      collect: () => looked,
    })
    const lookAtDrift = async () => {
      const { unchecked, checked } = await list.driftStates()
      byDrift.reset()
      for (const drift of driftStates) byDrift.set({ drift }, 0)
      for (const { state, instances } of checked) byDrift.set({ drift: state }, instances)
      byDrift.set({ drift: 'unchecked' }, unchecked)
      const times = checked.flatMap(({ oldestCheck }) => (oldestCheck ? [oldestCheck.getTime()] : []))
      oldest.set(times.length > 0 ? (Date.now() - Math.min(...times)) / 1000 : 0)
    }
    this.#checkDuration = new Histogram({
      name: 'broker_drift_check_duration_seconds',
      help: 'How long the checks of this process took.',
      labelNames: ['drift'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    })
    this.#driftChecks = new Counter({
      name: 'broker_drift_checks_total',
      help: 'Checks for drift of this process: by a plan, or by the look at all instances.',
      labelNames: ['by'],
      registers,
    })
    this.#failedLogins = new Counter({
      name: 'broker_failed_logins_total',
      help: 'Logins that this process has refused, by the first part of the path.',
      labelNames: ['part'],
      registers,
    })
    new Gauge({
      name: 'broker_operations',
      help: 'Operations by type and state, since the records began.',
      labelNames: ['type', 'state'],
      registers,
      async collect() {
        const rows = await operations.counts()
        this.reset()
        for (const { type, state, count } of rows) this.set({ type, state }, count)
      },
    })
    new Gauge({
      name: 'broker_queue_length',
      help: 'Operations that were accepted and have not started.',
      registers,
      async collect() {
        this.set(await operations.queued())
      },
    })
  }

  /** @param part of the broker: `v2`, `operator` or `state` */
  loginFailed(part: string): void {
    this.#failedLogins.inc({ part })
  }

  checked({ state, durationMilliseconds }: { state: string; durationMilliseconds: number }): void {
    this.#checkDuration.observe({ drift: state }, durationMilliseconds / 1000)
    this.#driftChecks.inc({ by: 'plan' })
  }

  /** @param count of instances that were found clean without a plan */
  looked(count: number): void {
    this.#driftChecks.inc({ by: 'look' }, count)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    return this.#registry.metrics()
  }
}
