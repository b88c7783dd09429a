import type { Connection } from './connection.ts'
import type { Batch } from './contents.ts'

/** Keys that a step of the scan looks at. */
const keysPerStep = 1000
/** Bytes of memory, of the values that are asked for at once. One that is larger is asked for alone. */
const atOnce = 4_000_000
/** Bytes that a value is taken for where `MEMORY USAGE` may not be asked. */
const supposed = 100_000

interface Step {
  keys: { key: Buffer; size: number }[]
  /** How many had ended when they were looked at. */
  ended: number
  /** Where the scan goes on, "0" at its end. */
  cursor: string
}

/**
 * The keys of one database with their values, in batches that fit into memory. A key that is there from the beginning
 * to the end comes at least once.
 * @param from a cursor of an earlier scan of the same server
 */
export async function* scan(redis: Connection, database: number, from = '0'): AsyncGenerator<Batch> {
  let ahead = next(redis, from)
  for (;;) {
    const { keys, ended, cursor } = await ahead
    const isLast = cursor === '0'
    // Looked at while the values of this step are on their way.
    if (!isLast) ahead = next(redis, cursor)
    // Whoever awaits it is told; nobody does when this step has failed.
    ahead.catch(() => {})
    const groups = grouped(keys)
    for (const [index, group] of groups.entries()) {
      const batch = await read(redis, database, group)
      yield index < groups.length - 1 ? batch : { ...batch, ended: batch.ended + ended, cursor }
    }
    if (isLast) return
  }
}

async function next(redis: Connection, from: string): Promise<Step> {
  const [cursor, found] = await redis.send<[Buffer, Buffer[]]>('SCAN', from, 'COUNT', String(keysPerStep))
  const sizes = await Promise.all(
    found.map((key) => redis.send<number | null>('MEMORY', 'USAGE', key).catch(() => supposed)),
  )
  const keys = found.flatMap((key, index) => {
    const size = sizes[index] ?? null
    return size === null ? [] : [{ key, size }]
  })
  return { keys, ended: found.length - keys.length, cursor: String(cursor) }
}

/** At least one group: an empty step has a cursor, too. */
function grouped(keys: Step['keys']): Buffer[][] {
  const groups: Buffer[][] = [[]]
  let size = 0
  for (const one of keys) {
    size += one.size
    if (size > atOnce && groups.at(-1)?.length !== 0) {
      groups.push([])
      size = one.size
    }
    groups.at(-1)?.push(one.key)
  }
  return groups
}

async function read(redis: Connection, database: number, keys: Buffer[]): Promise<Batch & { ended: number }> {
  const at = Date.now()
  const found = await Promise.all(
    keys.map((key) => Promise.all([redis.send<number>('PTTL', key), redis.send<Buffer | null>('DUMP', key)])),
  )
  const there: Batch['keys'] = []
  for (const [index, [left, value]] of found.entries()) {
    const [key, life] = [keys[index], lifeOf(left)]
    if (key && value && life !== undefined) there.push([key, life, value])
  }
  return { database, at, keys: there, ended: keys.length - there.length }
}

/**
 * Milliseconds to live as a dump has them, from what PTTL says. Its 0 is less than a millisecond, and the 0 of a dump is
 * for ever.
 * @returns undefined for a key that is not there
 */
export function lifeOf(left: number): number | undefined {
  if (left === -1) return 0
  return left < 0 ? undefined : Math.max(1, left)
}
