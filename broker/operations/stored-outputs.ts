import { isDeepStrictEqual } from 'node:util'
import { type KeyRing, KeyRingError } from '../../state-backend/encryption/key-ring.ts'
import { isKnown, openAuthTokens, remade, sealAuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import type { Instances } from '../instances/instances.ts'
import { type Outputs, openOutputs, sealOutputs } from '../instances/outputs.ts'
import type { Log } from '../logging/log.ts'
import { ProvisionFailure } from '../model/provision-failure.ts'
import { readOutputs } from '../provisioner/read-outputs.ts'
import type { States } from '../states/states.ts'
import type { ChangesAtRest } from './changes-at-rest.ts'

export interface StoredOutputsOptions {
  instances: Pick<Instances, 'ofStack'>
  changes: Pick<ChangesAtRest, 'setOutputs'>
  states: Pick<States, 'read'>
  keyRing: KeyRing
  log: Pick<Log, 'info' | 'error'>
}

/**
 * Brings what bindings are answered from up to date with a state that an operator's own deploy has written. The
 * broker's state backend tells of such a write at once; for other backends a drift check looks.
 */
export class StoredOutputs {
  readonly #options: StoredOutputsOptions
  readonly #looks = new Set<Promise<void>>()

  constructor(options: StoredOutputsOptions) {
    this.#options = options
  }

  /** Begins a look, after a write of the stack's state. A failure is only logged. */
  refreshStack(stack: string): void {
    this.#begin({ stack }, async () => {
      const instance = await this.#options.instances.ofStack(stack)
      if (instance) await this.#refresh(instance)
    })
  }

  /** Begins a look. A failure is only logged. */
  refresh(instance: Instance): void {
    this.#begin({ instance: instance.id }, () => this.#refresh(instance))
  }

  /** Waits for the looks that have begun: they need the states and the database. */
  async ended(): Promise<void> {
    await Promise.all(this.#looks)
  }

  #begin(subject: object, work: () => Promise<void>): void {
    const look = work()
      .catch((err) => {
        this.#options.log.error(
          { err, ...subject },
          'connection details could not be compared with the state',
        )
      })
      .finally(() => this.#looks.delete(look))
    this.#looks.add(look)
  }

  async #refresh(instance: Instance): Promise<void> {
    const { changes, states, keyRing, log } = this.#options
    const state = await states.read(instance.stack)
    const outputs = state && complete(state.outputs)
    // Before the first deploy has ended there is nothing to bring up to date.
    if (!outputs || !instance.outputs) return
    const stored = this.#stored(instance)
    const tokens = instance.authTokens || stored ? openAuthTokens(keyRing, instance) : {}
    // A token that the instance never had is one of a group that an operator's deploy has made anew. Any other one
    // says nothing: an old state has an old token.
    const made = isKnown(tokens, outputs.password) ? undefined : remade(tokens, outputs.password)
    const now = { ...outputs, password: (made ?? tokens).current?.value ?? outputs.password }
    if (!made && isDeepStrictEqual(now, stored)) return
    const values = {
      ...sealOutputs(keyRing, instance, now),
      ...(made ? sealAuthTokens(keyRing, instance, made) : {}),
    }
    if (await changes.setOutputs(instance, values)) {
      log.info({ instance: instance.id }, 'connection details brought up to date with the state')
    }
  }

  /** The outputs on record; undefined where somebody has changed them in the database: then the state tells. */
  #stored(instance: Instance): Outputs | undefined {
    try {
      return openOutputs(this.#options.keyRing, instance)
    } catch (err) {
      if (!(err instanceof KeyRingError)) throw err
      this.#options.log.error({ err, instance: instance.id }, 'stored connection details do not open')
      return undefined
    }
  }
}

/** The outputs of a state; undefined where a deploy is half done. */
function complete(outputs: unknown): Outputs | undefined {
  try {
    return readOutputs(outputs)
  } catch (error) {
    if (error instanceof ProvisionFailure) return undefined
    throw error
  }
}
