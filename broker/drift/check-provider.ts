import type { Cost } from '../terraform/cost.ts'
import type { ProviderProcess } from '../terraform/provider-process.ts'

/**
 * The provider process that serves all checks of this broker process: started by the first one that needs it, and
 * ended when nobody holds it any longer.
 */
export class CheckProvider {
  readonly #make: (() => ProviderProcess) | undefined
  #provider: ProviderProcess | undefined
  #holders = 0
  #idle: NodeJS.Timeout | undefined

  /** @param make none where every terraform run starts a provider of its own */
  constructor(make: (() => ProviderProcess) | undefined) {
    this.#make = make
  }

  /** Starts the process if it does not run. To be given back with `release`. */
  hold(): ProviderProcess | undefined {
    clearTimeout(this.#idle)
    this.#holders++
    this.#provider ??= this.#make?.()
    return this.#provider
  }

  /**
   * The last one ends the process.
   * @param grace milliseconds for which it stays, for whoever comes next
   * @returns what it has cost, where the system tells; undefined while it goes on
   */
  async release(grace = 0): Promise<Cost | undefined> {
    this.#holders--
    if (this.#holders > 0) return undefined
    if (grace === 0) return this.#end()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.#holders === 0) void this.#end()
    }, grace)
    return undefined
  }

  /** Ends the process, whoever holds it. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#end()
  }

  async #end(): Promise<Cost | undefined> {
    const provider = this.#provider
    this.#provider = undefined
    return provider?.stop()
  }
}
