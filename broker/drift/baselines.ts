import type { Instance } from '../instances/instance.ts'
import type { States } from '../states/states.ts'
import type { Fingerprints } from './fingerprints.ts'
import type { Baseline } from './records.ts'

/** All that a plan of an instance depends on, beside AWS: its stack as it is rendered now, and its state. */
export class Baselines {
  readonly #fingerprints: Fingerprints
  readonly #states: Pick<States, 'read'>

  constructor(fingerprints: Fingerprints, states: Pick<States, 'read'>) {
    this.#fingerprints = fingerprints
    this.#states = states
  }

  /** @returns undefined where it can't be told: then the next sweep makes a plan */
  async of(instance: Instance): Promise<Baseline | undefined> {
    const state = await this.stateOf(instance)
    return state && this.with(state, instance)
  }

  async stateOf({ stack }: Instance): Promise<Omit<Baseline, 'stack'> | undefined> {
    const state = await this.#states.read(stack).catch(() => undefined)
    return state && { lineage: state.lineage, serial: state.serial }
  }

  async with(state: Omit<Baseline, 'stack'>, instance: Instance): Promise<Baseline | undefined> {
    try {
      return { ...state, stack: await this.#fingerprints.of(instance) }
    } catch {
      // Its plan is no longer in the catalog: the plan says so.
      return undefined
    }
  }
}
