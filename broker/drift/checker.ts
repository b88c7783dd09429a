import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import type { ProviderProcess } from '../terraform/provider-process.ts'
import type { Baselines } from './baselines.ts'
import { logChange } from './change-log.ts'
import type { CheckProvider } from './check-provider.ts'
import { type CheckRequest, type CheckResult, checkMinutes } from './check-queue.ts'
import type { Inspection, Inspector } from './inspector.ts'
import { leftOut } from './left-out.ts'
import type { Baseline, DriftRecords } from './records.ts'
import { type Checked, named } from './report.ts'

export interface CheckerOptions {
  operations: Pick<Operations, 'status'>
  inspector: Pick<Inspector, 'busyWith' | 'inspect'>
  baselines: Pick<Baselines, 'of'>
  provider: Pick<CheckProvider, 'hold' | 'release'>
  records: Pick<DriftRecords, 'checkedSince' | 'save'>
  readBack: Pick<ReadBack, 'of'>
  /** Called after each check. */
  checked(instance: Instance, check: Checked): void
  log: Log
}

/** Milliseconds for which the provider waits for another check, where the sweep is another process's. */
const providerGrace = 20_000

/** Checks one instance by a plan, and saves what was found. */
export class Checker {
  readonly #options: CheckerOptions

  constructor(options: CheckerOptions) {
    this.#options = options
  }

  async check({ instanceId, since }: CheckRequest, signal: AbortSignal): Promise<CheckResult> {
    const { operations, records, inspector, provider } = this.#options
    signal.throwIfAborted()
    const skipped = (reason: string): CheckResult => ({ type: 'skipped', reason })
    const known = await operations.status(instanceId)
    if (!known) return skipped('it has been deleted')
    const reason = leftOut(known)
    if (reason) return skipped(reason)
    if (since && (await records.checkedSince(instanceId, new Date(since)))) return skipped(checkedMeanwhile)
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(checkMinutes * 60_000)])
    // A plan would wait until AWS is done. When AWS can't be asked, the check tells why.
    const busy = await inspector.busyWith(known.instance, inTime).catch(() => undefined)
    if (busy) return skipped(`AWS is busy with it (${busy})`)
    try {
      return await this.#check(known, provider.hold(), signal, inTime)
    } finally {
      await provider.release(providerGrace)
    }
  }

  async #check(
    { instance, operation }: InstanceStatus,
    provider: ProviderProcess | undefined,
    signal: AbortSignal,
    inTime: AbortSignal,
  ): Promise<CheckResult> {
    const { records, checked, log } = this.#options
    const begun = Date.now()
    const { baseline, state, findings, message, ...cost } = await this.#inspect(
      instance,
      provider,
      inTime,
    ).catch((error: Error): Found => {
      signal.throwIfAborted()
      return { state: 'error', findings: [], message: causeOf(error).message, cpuSeconds: 0 }
    })
    const durationMilliseconds = Date.now() - begun
    const found = {
      state,
      findings,
      message: message ?? null,
      checkedAt: new Date(begun),
      durationMilliseconds,
      planned: true,
    }
    const check = { instanceId: instance.id, ...found }
    const saved = await records.save(check, operation, baseline)
    if (!saved) {
      return { type: 'skipped', reason: 'an operation began during the check' }
    }
    logChange(log, check, saved.before)
    const result: Checked = { type: 'checked', ...named(instance), ...found, ...cost }
    checked(instance, result)
    return result
  }

  /**
   * A change that AWS has made by itself, such as an upgrade of the engine, is no drift: the record follows it, and with
   * the record the stack that is looked at.
   */
  async #inspect(
    instance: Instance,
    provider: ProviderProcess | undefined,
    signal: AbortSignal,
  ): Promise<Found> {
    const { readBack, operations } = this.#options
    const found = await this.#inspectOnce(instance, provider, signal)
    if (found.findings.length === 0 || !(await readBack.of(instance))) return found
    const known = await operations.status(instance.id)
    return known ? this.#inspectOnce(known.instance, provider, signal) : found
  }

  async #inspectOnce(
    instance: Instance,
    provider: ProviderProcess | undefined,
    signal: AbortSignal,
  ): Promise<Found> {
    const { baselines, inspector } = this.#options
    // Before the plan: what changes during it is another state, or another stack, than the one that it counts for.
    const baseline = await baselines.of(instance)
    const found = await inspector.inspect(instance, provider, signal)
    return { ...found, ...(baseline ? { baseline } : {}) }
  }
}

interface Found extends Inspection {
  baseline?: Baseline
}

/** The reason with which a sweep that another process began leaves out what that one has done. */
const checkedMeanwhile = 'it has been checked meanwhile'
