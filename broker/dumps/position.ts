import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import * as v from 'valibot'

export interface Restored {
  /** That were written, by earlier runs too that were interrupted. */
  keys: number
  /** That had come up meanwhile, and stayed as they were. */
  present: number
  /** That have ended since they were copied. */
  expired: number
}

/** The dump and the Redis that it is written into. */
const Target = v.object({ sha256: v.string(), host: v.string(), port: v.number() })
type Target = v.InferOutput<typeof Target>

const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Saved = v.object({ ...Target.entries, offset: Count, keys: Count, present: Count, expired: Count })

/** Milliseconds. What was written since is written again after a crash. */
const saveEvery = 1000

/** How far a dump is restored, kept in a file beside it. */
export class Position {
  /** Whether there is a file of it: something may have been written. */
  isKept = false
  /** In the dump; 0 at the beginning. */
  offset = 0
  keys = 0
  present = 0
  expired = 0
  readonly #file: string
  readonly #target: Target
  #savedAt = 0

  private constructor(file: string, target: Target) {
    this.#file = file
    this.#target = target
  }

  /** @throws Error when another Redis, or another dump of this name, was not restored to its end */
  static async find(dump: string, target: Target): Promise<Position> {
    const position = new Position(`${dump}.restoring`, target)
    const text = await readFile(position.#file, 'utf8').catch(() => undefined)
    if (text === undefined) return position
    const { success, output: saved } = v.safeParse(v.pipe(v.string(), v.parseJson(), Saved), text)
    const { sha256, host, port } = target
    if (!success || saved.sha256 !== sha256 || saved.host !== host || saved.port !== port) {
      const of = success
        ? `${saved.sha256 === sha256 ? 'into' : 'of another dump into'} ${saved.host}:${saved.port}`
        : ''
      throw new Error(
        `${position.#file} is of a restore ${of} that was interrupted. Finish that one first, or remove the file to forget it.`.replace(
          '  ',
          ' ',
        ),
      )
    }
    const { offset, keys, present, expired } = saved
    return Object.assign(position, { isKept: true, offset, keys, present, expired })
  }

  /** Keys of the dump that need no more thought. */
  get keysBehind(): number {
    return this.keys + this.present + this.expired
  }

  async advance(offset: number, { keys, present, expired }: Restored): Promise<void> {
    this.offset = offset
    this.keys += keys
    this.present += present
    this.expired += expired
    if (Date.now() - this.#savedAt > saveEvery) await this.save()
  }

  async save(): Promise<void> {
    const { offset, keys, present, expired } = this
    const saved = { ...this.#target, offset, keys, present, expired }
    await writeFile(`${this.#file}.new`, JSON.stringify(saved), { mode: 0o600 })
    await rename(`${this.#file}.new`, this.#file)
    this.#savedAt = Date.now()
    this.isKept = true
  }

  remove(): Promise<void> {
    return rm(this.#file, { force: true })
  }
}
