import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import type { SharedProvider } from '../terraform/shared-provider.ts'
import { logChange } from './change-log.ts'
import type { CheckProvider } from './check-provider.ts'
import { type CheckRequest, type CheckResult, checkMinutes } from './check-queue.ts'
import type { Inspection, Inspector } from './inspector.ts'
import type { DriftRecords } from './records.ts'
import { type Checked, named } from './report.ts'

export interface CheckerOptions {
  operations: Operations
  inspector: Inspector
  provider: CheckProvider
  records: DriftRecords
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
    provider: SharedProvider | undefined,
    signal: AbortSignal,
    inTime: AbortSignal,
  ): Promise<CheckResult> {
    const { records, checked, log } = this.#options
    const begun = Date.now()
    const { state, findings, message, ...cost } = await this.#inspect(instance, provider, inTime).catch(
      (error: Error): Inspection => {
        signal.throwIfAborted()
        return { state: 'error', findings: [], message: causeOf(error).message, cpuSeconds: 0 }
      },
    )
    const durationMilliseconds = Date.now() - begun
    const found = {
      state,
      findings,
      message: message ?? null,
      checkedAt: new Date(begun),
      durationMilliseconds,
    }
    const check = { instanceId: instance.id, ...found }
    const saved = await records.save(check, operation)
    if (!saved) {
      return { type: 'skipped', reason: 'an operation began during the check' }
    }
    logChange(log, check, saved.before)
    const result: Checked = { type: 'checked', ...named(instance), ...found, ...cost }
    checked(instance, result)
    return result
  }

  /**
   * What AWS has changed by itself (it may upgrade the engine) is no change of the stack: the record follows, and the
   * stack that is looked at with it.
   */
  async #inspect(
    instance: Instance,
    provider: SharedProvider | undefined,
    signal: AbortSignal,
  ): Promise<Inspection> {
    const { inspector, readBack, operations } = this.#options
    const found = await inspector.inspect(instance, provider, signal)
    if (found.findings.length === 0 || !(await readBack.of(instance))) return found
    const known = await operations.status(instance.id)
    return known ? inspector.inspect(known.instance, provider, signal) : found
  }
}

/** The reason with which a sweep that another process began leaves out what that one has done. */
export const checkedMeanwhile = 'it has been checked meanwhile'

/** Why an instance is not looked at now. */
export function leftOut({ instance, operation }: InstanceStatus): string | undefined {
  if (operation.state === 'in progress') return `an operation runs (${operation.type})`
  return instance.outputs ? undefined : 'it was never created to the end'
}
