import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { ServerInfo } from './connection.ts'
import { fileFault } from './file-fault.ts'

export interface Restored {
  /** That were written, by earlier runs too that were interrupted. */
  keys: number
  /** That had come up meanwhile, and stayed as they were. */
  present: number
  /** That have ended since they were copied. */
  expired: number
}

export interface RestoreEnd extends Restored {
  /** Keys that the Redis has dropped meanwhile, since its memory was full. */
  evicted: number
  /** Whether it was begun again from the first key, since the Redis was restarted after an earlier run. */
  again: boolean
}

/** The dump and the Redis that it is written into. */
const Target = v.object({ sha256: v.string(), host: v.string(), port: v.number() })
type Target = v.InferOutput<typeof Target>

type Evictions = Pick<ServerInfo, 'runId' | 'evicted'>

const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Saved = v.object({
  ...Target.entries,
  runId: v.string(),
  evictedBefore: Count,
  offset: Count,
  keys: Count,
  present: Count,
  expired: Count,
})

/** Milliseconds. What was written since is written again after a crash. */
const saveEvery = 1000

/** How far a dump is restored, kept in a file beside it. */
export class Position {
  /** Whether there is a file of it: something may have been written. */
  isKept = false
  /** Whether an earlier run has to be done again: the Redis may have lost what it was given. */
  isAgain = false
  /** In the dump; 0 at the beginning. */
  offset = 0
  keys = 0
  present = 0
  expired = 0
  readonly #file: string
  readonly #target: Target
  readonly #runId: string
  /** Keys that the Redis had evicted when the first run began. */
  #evictedBefore: number
  #savedAt = 0

  private constructor(file: string, target: Target, { runId, evicted }: Evictions) {
    this.#file = file
    this.#target = target
    this.#runId = runId
    this.#evictedBefore = evicted
  }

  /** @throws Error when another Redis, or another dump of this name, was not restored to its end */
  static async find(dump: string, target: Target, server: Evictions): Promise<Position> {
    const position = new Position(`${dump}.restoring`, target, server)
    const text = await readFile(position.#file, 'utf8').catch(() => undefined)
    if (text === undefined) return position
    const { success, output: saved } = v.safeParse(v.pipe(v.string(), v.parseJson(), Saved), text)
    const { sha256, host, port } = target
    if (!success || saved.sha256 !== sha256 || saved.host !== host || saved.port !== port) {
      const other = success && saved.sha256 !== sha256 ? ' of another dump' : ''
      const into = success ? ` into ${saved.host}:${saved.port}` : ''
      throw new Error(
        `${position.#file} is of a restore${other}${into} that was interrupted. Finish that one first, or remove the file to forget it.`,
      )
    }
    position.isKept = true
    // After a restart, and on the node that a failover has made the primary, the last writes may be missing.
    position.isAgain = saved.runId === '' || saved.runId !== server.runId
    if (position.isAgain) return position
    position.#evictedBefore = saved.evictedBefore
    const { offset, keys, present, expired } = saved
    return Object.assign(position, { offset, keys, present, expired })
  }

  /** How many keys the Redis has evicted since the first run began. */
  evictedOf({ runId, evicted }: Evictions): number {
    return runId === this.#runId ? evicted - this.#evictedBefore : evicted
  }

  get counts(): Restored {
    return { keys: this.keys, present: this.present, expired: this.expired }
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
    const of = { ...this.#target, runId: this.#runId, evictedBefore: this.#evictedBefore }
    const saved: v.InferOutput<typeof Saved> = { ...of, offset: this.offset, ...this.counts }
    try {
      await writeFile(`${this.#file}.new`, JSON.stringify(saved), { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
    } catch (error) {
      throw fileFault(error, this.#file, 'written')
    }
    this.#savedAt = Date.now()
    this.isKept = true
  }

  remove(): Promise<void> {
    return rm(this.#file, { force: true })
  }
}
