import type { Connection } from './connection.ts'
import type { Batch } from './contents.ts'

/** Keys that a step of the scan looks at. */
const step = 1000
/** Bytes of values that are asked for at once, more or less: it is not known before how large one is. */
const atOnce = 4_000_000

/**
 * The keys of one database with their values, in batches that fit into memory. A key that is there from the beginning
 * to the end comes at least once.
 * @param from a cursor of an earlier scan of the same server
 */
export async function* scan(redis: Connection, database: number, from = '0'): AsyncGenerator<Batch> {
  let cursor = from
  let count = 100
  do {
    const [next, keys] = await redis.send<[Buffer, Buffer[]]>('SCAN', cursor, 'COUNT', String(step))
    cursor = String(next)
    for (let start = 0; start < keys.length || start === 0; ) {
      const batch = await read(redis, database, keys.slice(start, start + count))
      start += count
      const isLast = start >= keys.length
      yield isLast ? { ...batch, cursor } : batch
      const size = batch.keys.reduce((sum, [, , value]) => sum + value.length, 0)
      if (size > atOnce) count = Math.max(1, Math.floor(count / 2))
      else if (size < atOnce / 4) count = Math.min(step, count * 2)
      if (isLast) break
    }
  } while (cursor !== '0')
}

async function read(redis: Connection, database: number, keys: Buffer[]): Promise<Batch> {
  const at = Date.now()
  const found = await Promise.all(
    keys.map((key) =>
      Promise.all([redis.send<number>('PTTL', key), redis.send<Buffer | null>('DUMP', key)]).then(
        ([left, value]) => ({ key, left, value }),
      ),
    ),
  )
  return {
    database,
    at,
    // One without a value has ended since the scan saw it. -1 stands for no end.
    keys: found.flatMap(({ key, left, value }) => (value ? [[key, Math.max(0, left), value] as const] : [])),
  } as Batch
}
