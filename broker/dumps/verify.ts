import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Header, headerOf, isBatch, isClosing } from './contents.ts'
import { flatMemory } from './flat-memory.ts'
import { BrokenFile, framesIn } from './frames.ts'

export interface Verified {
  header: Header
  keys: number
  sha256: string
  /** Whether there is nothing after the last key but the closing. */
  isWhole: boolean
  /** The last place where a scan can go on. */
  resume: { database: number; cursor: string } | undefined
  /** Of the same place: the bytes up to there, the keys in them, those that had ended, and their checksum so far. */
  kept: { bytes: number; keys: number; ended: number; hash: Hash }
}

/**
 * Reads a whole dump, and checks every byte.
 * @param tell is told how many bytes were read
 * @throws Error when it is damaged, says other than it holds, or is no dump. One that was cut off is not whole.
 */
export async function verify(file: FileHandle, tell: (bytes: number) => void = () => {}): Promise<Verified> {
  const hash = createHash('sha256')
  let header: Header | undefined
  let keys = 0
  let ended = 0
  let isWhole = false
  const tidy = flatMemory()
  let resume: Verified['resume']
  let kept = { bytes: 0, keys: 0, ended: 0, hash: hash.copy() }
  try {
    for await (const { value, bytes, end } of framesIn(file)) {
      if (isWhole) throw new Error('there is more after its end')
      const batch = header && isBatch(value) ? value : undefined
      if (batch) {
        keys += batch.keys.length
        ended += batch.ended
      } else if (!header) header = headerOf(value)
      else if (!isClosing(value)) throw new Error(`it has something before byte ${end} that is not known`)
      else if (value.keys !== keys || value.sha256 !== hash.copy().digest('hex')) {
        throw new Error('its checksum is that of another dump')
      } else {
        isWhole = true
        continue
      }
      hash.update(bytes)
      tidy(batch?.keys.length ?? 0, bytes.length)
      if (batch && batch.cursor === undefined) continue
      if (batch?.cursor !== undefined) resume = { database: batch.database, cursor: batch.cursor }
      kept = { bytes: end, keys, ended, hash: hash.copy() }
      tell(end)
    }
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error
  }
  if (!header) throw new Error('it is no dump of redis-broker')
  return { header, keys, sha256: hash.digest('hex'), isWhole, resume, kept }
}
