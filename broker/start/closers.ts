/** Closes all that has been opened, in the reverse order. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = []

  add(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  /** Closes everything, also after something could not be closed. @throws the first error */
  async close(): Promise<void> {
    const errors: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) {
      await close().catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }
}
