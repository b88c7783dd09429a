import { setTimeout as sleep } from 'node:timers/promises'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import type { Instance } from '../instances/instance.ts'
import type { Log } from '../logging/log.ts'
import type { InstanceStatus, Operations } from '../operations/operations.ts'
import type { ReadBack } from '../operations/read-back.ts'
import { total } from '../terraform/cost.ts'
import type { ProviderProcess } from '../terraform/provider-process.ts'
import { logChange } from './change-log.ts'
import type { Inspection, Inspector } from './inspector.ts'
import { checkMinutes, type DriftRecords } from './records.ts'
import { type Checked, driftExit, named, type Skipped, type SweepEvent, takenByAnother } from './report.ts'

export interface SweepRequest {
  instances: Instance[]
  signal: AbortSignal
  /** Of a scheduled sweep: leaves out what has been checked since. */
  since?: Date
  /** Milliseconds over which the checks are spread; at once by default. */
  spread?: number
  tell?(event: SweepEvent): void
}

export interface SweeperOptions {
  operations: Operations
  inspector: Inspector
  records: DriftRecords
  readBack: Pick<ReadBack, 'of'>
  /** How many instances are checked at a time. */
  atOnce: number
  sharedProvider: boolean
  /** Called after each check. */
  checked(instance: Instance, check: Checked): void
  log: Log
}

/** Checks many instances, some at a time, with one provider for all of them. */
export class Sweeper {
  readonly #options: SweeperOptions

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /**
   * An interrupted sweep keeps what it has found; the next one begins anew.
   * @throws what aborted the signal, or what made it impossible to go on, such as a database that is gone
   */
  async sweep({ instances, signal, since, spread = 0, tell = () => {} }: SweepRequest): Promise<void> {
    const { atOnce, sharedProvider, inspector } = this.#options
    const begun = Date.now()
    const provider = sharedProvider ? inspector.sharedProvider() : undefined
    const failure = new AbortController()
    const stop = AbortSignal.any([signal, failure.signal])
    const results: (Checked | Skipped)[] = []
    const rest = instances.entries()
    const work = async () => {
      for (const [index, instance] of rest) {
        const wait = begun + (index * spread) / instances.length - Date.now()
        if (wait > 0) await sleep(wait, undefined, { signal: stop })
        const result = await this.#one(instance, provider, since, stop)
        results.push(result)
        tell(result)
      }
    }
    tell({ type: 'begun', total: instances.length })
    await Promise.all(Array.from({ length: atOnce }, () => work().catch((error) => failure.abort(error))))
    const providerCost = await provider?.stop()
    stop.throwIfAborted()
    const checked = results.filter((result) => result.type === 'checked')
    const { cpuSeconds } = total([...checked, ...(providerCost ? [providerCost] : [])])
    tell({
      type: 'ended',
      checked: checked.length,
      skipped: results.length - checked.length,
      durationMilliseconds: Date.now() - begun,
      cpuSeconds,
      ...(providerCost ? { provider: providerCost } : {}),
      exitCode: driftExit(checked, results.length - checked.length),
    })
  }

  async #one(
    instance: Instance,
    provider: ProviderProcess | undefined,
    since: Date | undefined,
    signal: AbortSignal,
  ): Promise<Checked | Skipped> {
    const { operations, records } = this.#options
    const skipped = (reason: string): Skipped => ({ type: 'skipped', ...named(instance), reason })
    signal.throwIfAborted()
    const known = await operations.status(instance.id)
    if (!known) return skipped('it has been deleted')
    const { operation } = known
    if (operation.state === 'in progress') return skipped(`an operation runs (${operation.type})`)
    if (!known.instance.outputs) return skipped('it was never created to the end')
    const claim = await records.claim(instance.id, since)
    if (!claim) return skipped(takenByAnother)
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(checkMinutes * 60_000)])
    try {
      // A plan would wait until AWS is done. When AWS can't be asked, the check tells why.
      const busy = await this.#options.inspector.busyWith(known.instance, inTime).catch(() => undefined)
      if (busy) return skipped(`AWS is busy with it (${busy})`)
      return await this.#check(known, provider, signal, inTime)
    } finally {
      await records.release(claim)
    }
  }

  async #check(
    { instance, operation }: InstanceStatus,
    provider: ProviderProcess | undefined,
    signal: AbortSignal,
    inTime: AbortSignal,
  ): Promise<Checked | Skipped> {
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
      return { type: 'skipped', ...named(instance), reason: 'an operation began during the check' }
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
    provider: ProviderProcess | undefined,
    signal: AbortSignal,
  ): Promise<Inspection> {
    const { inspector, readBack, operations } = this.#options
    const found = await inspector.inspect(instance, provider, signal)
    if (found.findings.length === 0 || !(await readBack.of(instance))) return found
    const known = await operations.status(instance.id)
    return known ? inspector.inspect(known.instance, provider, signal) : found
  }
}
