import { fitted, oneLine, show, terminalWidth } from './terminal.ts'

/** How something goes on: one line that changes on a terminal, and a line for each change elsewhere. */
export class LiveLine {
  readonly #out: NodeJS.WriteStream
  #last = ''

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out
  }

  /** @param key of the same key only a terminal shows more than one: such as the seconds that go by */
  tell(text: string, key = text): void {
    if (this.#out.isTTY) this.#out.write(`\r\u001b[K${fitted(oneLine(text), terminalWidth(this.#out) - 1)}`)
    else if (key !== this.#last) show(`${oneLine(text)}\n`, this.#out)
    this.#last = key
  }

  /** Before anything else is written there. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
  }
}
