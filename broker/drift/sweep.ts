import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from '../instances/instance.ts'
import { total } from '../terraform/measured-run.ts'
import type { CheckProvider } from './check-provider.ts'
import type { CheckQueue } from './check-queue.ts'
import { type Checked, driftExit, named, type Skipped, type SweepEvent } from './report.ts'

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
  checks: Pick<CheckQueue, 'check'>
  provider: CheckProvider
  /** How many instances a sweep has checked at a time. */
  atOnce: number
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
    const { atOnce, checks, provider } = this.#options
    const begun = Date.now()
    const failure = new AbortController()
    const stop = AbortSignal.any([signal, failure.signal])
    const results: (Checked | Skipped)[] = []
    const rest = instances.entries()
    const request = since ? { since: since.toISOString(), priority: 0 } : { priority: 1 }
    const work = async () => {
      for (const [index, instance] of rest) {
        const wait = begun + (index * spread) / instances.length - Date.now()
        if (wait > 0) await sleep(wait, undefined, { signal: stop })
        const made = await checks.check({ instanceId: instance.id, ...request }, stop)
        const result = made.type === 'checked' ? made : { ...made, ...named(instance) }
        results.push(result)
        tell(result)
      }
    }
    tell({ type: 'begun', total: instances.length })
    provider.hold()
    await Promise.all(Array.from({ length: atOnce }, () => work().catch((error) => failure.abort(error))))
    const providerCost = await provider.release()
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
}
