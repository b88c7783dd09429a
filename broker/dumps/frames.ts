import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { decode, encode } from '@msgpack/msgpack'

/*
 * A file of frames: four bytes with the length of what follows, as msgpack, and four bytes with its CRC-32, both big
 * endian. So a file that ends anywhere tells how much of it is whole.
 */

export interface Frame {
  value: unknown
  /** The bytes of the frame, as they are in the file. */
  bytes: Buffer
  /** Of its end, in the file. */
  end: number
}

export function frameOf(value: unknown): Buffer {
  const body = encode(value)
  const frame = Buffer.allocUnsafe(body.length + 8)
  frame.writeUInt32BE(body.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}

/** A file that is cut off or damaged. */
export class BrokenFile extends Error {
  /** @param wholeTo up to where it is whole, in bytes */
  constructor(wholeTo: number) {
    super(`it is cut off or damaged at byte ${wholeTo}`)
  }
}

/** @throws BrokenFile at the first frame that is not whole */
export async function* framesIn(file: FileHandle, from = 0): AsyncGenerator<Frame> {
  let start = from
  const read = async (bytes: number, position: number) => {
    const buffer = Buffer.allocUnsafe(bytes)
    let done = 0
    while (done < bytes) {
      const { bytesRead } = await file.read(buffer, done, bytes - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return buffer.subarray(0, done)
  }
  const { size } = await file.stat()
  for (;;) {
    const head = await read(4, start)
    if (head.length === 0) return
    const length = head.length === 4 ? head.readUInt32BE(0) : 0
    const end = start + length + 8
    if (head.length < 4 || end > size) throw new BrokenFile(start)
    const bytes = await read(length + 8, start)
    const body = bytes.subarray(4, -4)
    if (crc32(body) !== bytes.readUInt32BE(length + 4)) throw new BrokenFile(start)
    yield { value: decode(body), bytes, end }
    start = end
  }
}
