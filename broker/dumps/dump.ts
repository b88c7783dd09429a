import { rename, stat } from 'node:fs/promises'
import { Connection, type Way } from './connection.ts'
import type { Header } from './contents.ts'
import { asSentence } from './faults.ts'
import { flatMemory } from './flat-memory.ts'
import { alone } from './lock.ts'
import { Part } from './part.ts'
import type { Tell } from './progress.ts'
import { scan } from './scan.ts'
import type { ServiceKey } from './service-key.ts'

export interface Dumped {
  file: string
  keys: number
  /** How many more there were, which ended before they were copied. */
  ended: number
  bytes: number
  sha256: string
  /** How many of the keys an earlier run had copied, which was interrupted. */
  before: number
}

/**
 * Copies every key of a Redis into a file. It grows as `<file>.partial` and gets its name when it is whole; a run that
 * finds such a part of the same Redis goes on with it.
 * @throws Error that says what to do; what was copied stays
 */
export function dump(key: ServiceKey, way: Way, file: string, tell: Tell): Promise<Dumped> {
  return alone(file, () => dumpAlone(key, way, file, tell))
}

async function dumpAlone(key: ServiceKey, way: Way, file: string, tell: Tell): Promise<Dumped> {
  if (await stat(file).catch(() => undefined))
    throw new Error(`${file} is there already. Choose another name.`)
  const redis = await Connection.open(key, way)
  try {
    const { version, runId, databases } = await redis.info()
    const header: Header = {
      format: 'redis-broker dump',
      version: 1,
      host: key.host,
      port: key.port,
      server: version,
      runId,
      databases: [...databases],
    }
    const part = await Part.open(`${file}.partial`, header)
    const before = part.keys
    const tidy = flatMemory()
    try {
      const total = part.header.databases.reduce((sum, [, keys]) => sum + keys, 0)
      for (const [database] of part.header.databases) {
        const from = part.cursorIn(database)
        if (from === undefined) continue
        await redis.send('SELECT', String(database))
        for await (const batch of scan(redis, database, from)) {
          const bytes = await part.append(batch)
          tidy(batch.keys.length, bytes)
          tell({ done: part.keys, total, unit: 'keys', before })
        }
      }
      const sha256 = await part.end()
      await rename(`${file}.partial`, file)
      return { file, keys: part.keys, ended: part.ended, bytes: part.bytes, sha256, before }
    } catch (error) {
      const goOn = `${part.keys} keys are in ${file}.partial: the same command goes on from there.`
      throw new Error(`${asSentence(error).message} ${goOn}`)
    } finally {
      // It is on the disk by then, or has failed, which is what went wrong.
      await part.close().catch(() => {})
    }
  } finally {
    redis.close()
  }
}
