/** Closes all that has been opened, in the reverse order. What is added later, nobody needs: it is closed at once. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = []
  #closed = false

  add(close: () => Promise<void>): void {
    if (this.#closed) void close().catch(() => {})
    else this.#closers.push(close)
  }

  /** Closes everything, also after something could not be closed. @throws the first error */
  async close(): Promise<void> {
    this.#closed = true
    const errors: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) {
      await close().catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }
}
