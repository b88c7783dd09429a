import { setTimeout as sleep } from 'node:timers/promises'
import pMap from 'p-map'
import type { Instance } from '../instances/instance.ts'
import { hundredths, total } from '../terraform/cost.ts'
import type { BulkLook } from './bulk-look.ts'
import type { CheckProvider } from './check-provider.ts'
import type { CheckQueue } from './check-queue.ts'
import { type Checked, driftExit, named, type Skipped, type SweepEvent } from './report.ts'

export interface SweepRequest {
  instances: Instance[]
  /** Makes a plan for each, whatever a look would find. */
  full: boolean
  signal: AbortSignal
  /** Of a scheduled sweep: leaves out what has been checked since. */
  since?: Date
  /** Milliseconds over which the checks are spread; at once by default. */
  spread?: number
  tell?(event: SweepEvent): void
}

export interface SweeperOptions {
  look: Pick<BulkLook, 'clean'>
  /** Told how many instances were found clean without a plan. */
  looked(count: number): void
  checks: Pick<CheckQueue, 'check'>
  provider: CheckProvider
  /** How many instances a sweep has checked at a time. */
  atOnce: number
}

/**
 * Checks many instances in two steps: a look at all of them, and a plan for each that it does not find clean, some at
 * a time, with one provider for all of them.
 */
export class Sweeper {
  readonly #options: SweeperOptions

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /**
   * An interrupted sweep keeps what it has found; the next one begins anew.
   * @throws what aborted the signal, or what made it impossible to go on, such as a database that is gone
   */
  async sweep({ instances, full, signal, since, spread = 0, tell = () => {} }: SweepRequest): Promise<void> {
    const { atOnce, checks, provider } = this.#options
    const begun = Date.now()
    tell({ type: 'begun', total: instances.length })
    const results: (Checked | Skipped)[] = []
    const add = (result: Checked | Skipped) => {
      results.push(result)
      tell(result)
    }
    const lookCost = full ? 0 : await this.#look(instances, signal, add)
    const decided = new Set(results.map(({ instance }) => instance))
    const left = instances.filter(({ id }) => !decided.has(id))

    const failure = new AbortController()
    const stop = AbortSignal.any([signal, failure.signal])
    const request = since ? { since: since.toISOString(), priority: 0 } : { priority: 1 }
    const check = async (instance: Instance, index: number) => {
      const wait = begun + (index * spread) / left.length - Date.now()
      if (wait > 0) await sleep(wait, undefined, { signal: stop })
      const made = await checks.check({ instanceId: instance.id, ...request }, stop)
      add(made.type === 'checked' ? made : { ...made, ...named(instance) })
    }
    provider.hold()
    // The first failure ends all of them, and the provider is let go when each has ended.
    await pMap(
      left,
      async (instance, index) => {
        if (!stop.aborted) await check(instance, index).catch((error) => failure.abort(error))
      },
      { concurrency: atOnce },
    )
    const providerCost = await provider.release()
    stop.throwIfAborted()
    const checked = results.filter((result) => result.type === 'checked')
    const { cpuSeconds } = total([...checked, ...(providerCost ? [providerCost] : [])])
    tell({
      type: 'ended',
      checked: checked.length,
      planned: checked.filter(({ planned }) => planned).length,
      skipped: results.length - checked.length,
      durationMilliseconds: Date.now() - begun,
      cpuSeconds: hundredths(cpuSeconds + lookCost),
      ...(providerCost ? { provider: providerCost } : {}),
      exitCode: driftExit(checked, results.length - checked.length),
    })
  }

  /** @returns the CPU seconds that it has cost this process */
  async #look(instances: Instance[], signal: AbortSignal, add: (found: Checked) => void): Promise<number> {
    const { look, looked } = this.#options
    const before = process.cpuUsage()
    const checkedAt = new Date()
    const clean = await look.clean(instances, signal)
    const nothing = { state: 'clean' as const, findings: [], message: null }
    for (const instance of instances.filter(({ id }) => clean.has(id))) {
      const cost = { cpuSeconds: 0, durationMilliseconds: 0, planned: false }
      add({ type: 'checked', ...named(instance), ...nothing, checkedAt, ...cost })
    }
    looked(clean.size)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }
}
