import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Batch, Closing, Header } from './contents.ts'
import { fileFault } from './file-fault.ts'
import { frameOf } from './frames.ts'
import { type Verified, verify } from './verify.ts'

/** The mode of a file that holds data. */
const ownerAlone = 0o600

/** A dump that is not whole yet. */
export class Part {
  readonly header: Header
  keys: number
  /** Keys that had ended before they were copied. */
  ended: number
  bytes: number
  readonly #hash: Hash
  readonly #file: FileHandle
  /** Where the scan goes on; from the beginning without one. */
  readonly #resume: Verified['resume']

  private constructor(
    file: FileHandle,
    { header, kept, resume }: Pick<Verified, 'header' | 'kept' | 'resume'>,
  ) {
    this.#file = file
    this.header = header
    this.keys = kept.keys
    this.ended = kept.ended
    this.bytes = kept.bytes
    this.#hash = kept.hash
    this.#resume = resume
  }

  static async open(path: string, header: Header): Promise<Part> {
    const file = await open(path, 'a+', ownerAlone).catch((error: unknown) => {
      throw fileFault(error, path, 'written')
    })
    try {
      // One that is there already may be open to others.
      await file.chmod(ownerAlone)
      if ((await file.stat()).size === 0) {
        const kept = { bytes: 0, keys: 0, ended: 0, hash: createHash('sha256') }
        const part = new Part(file, { header, kept, resume: undefined })
        await part.#write(header)
        return part
      }
      const found = await verify(file).catch((error: Error) => {
        throw new Error(`${path} cannot be gone on with: ${error.message}. Remove it to begin anew.`)
      })
      const { host, port, runId } = found.header
      if (host !== header.host || port !== header.port) {
        throw new Error(`${path} is a part of a dump of ${host}:${port}. Choose another name, or remove it.`)
      }
      // The order of a scan is that of one server process.
      if (runId === '' || runId !== header.runId) {
        throw new Error(
          `${path} cannot be gone on with: the Redis was restarted since, or another of its nodes answers now. Remove it to begin anew.`,
        )
      }
      await file.truncate(found.kept.bytes)
      return new Part(file, found)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** @returns undefined for a database that is copied to its end */
  cursorIn(database: number): string | undefined {
    const place = this.#resume
    if (!place) return '0'
    const order = this.header.databases.map(([number]) => number)
    if (order.indexOf(database) !== order.indexOf(place.database)) {
      return order.indexOf(database) > order.indexOf(place.database) ? '0' : undefined
    }
    return place.cursor === '0' ? undefined : place.cursor
  }

  /** @returns its length in bytes */
  async append(batch: Batch): Promise<number> {
    const bytes = await this.#write(batch)
    this.keys += batch.keys.length
    this.ended += batch.ended
    return bytes
  }

  /** Makes it whole. @returns its checksum */
  async end(): Promise<string> {
    const sha256 = this.#hash.copy().digest('hex')
    await this.#write({ keys: this.keys, sha256 } satisfies Closing)
    await this.#file.sync()
    return sha256
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #write(value: unknown): Promise<number> {
    const frame = frameOf(value)
    await this.#file.appendFile(frame)
    this.bytes += frame.length
    this.#hash.update(frame)
    return frame.length
  }
}
