import { type FileHandle, open } from 'node:fs/promises'
import { Connection, type ServerInfo, type Way } from './connection.ts'
import { type Batch, isBatch } from './contents.ts'
import { asSentence } from './faults.ts'
import { fileFault } from './file-fault.ts'
import { flatMemory } from './flat-memory.ts'
import { framesIn } from './frames.ts'
import { alone } from './lock.ts'
import { Position, type Restored, type RestoreEnd } from './position.ts'
import type { Tell } from './progress.ts'
import type { ServiceKey } from './service-key.ts'
import { type Verified, verify } from './verify.ts'

export interface RestoreOptions {
  /** Overwrites keys of the same names; otherwise a Redis that has keys is refused. */
  replace: boolean
  /** Keys end when they would have ended where they come from. Otherwise they have the time left that they had then. */
  absoluteExpiry: boolean
}

/**
 * Writes the keys of a dump into a Redis. The whole file is checked first. How far it got is kept in
 * `<file>.restoring`, and a run that finds it goes on from there.
 * @throws Error that says what to do
 */
export async function restore(
  key: ServiceKey,
  way: Way,
  path: string,
  options: RestoreOptions,
  tell: Tell,
): Promise<RestoreEnd> {
  const file = await open(path).catch((error: unknown) => {
    throw fileFault(error, path, 'read')
  })
  return alone(path, () => restoreAlone(key, way, { path, file }, options, tell)).finally(() => file.close())
}

async function restoreAlone(
  key: ServiceKey,
  way: Way,
  { path, file }: { path: string; file: FileHandle },
  options: RestoreOptions,
  tell: Tell,
): Promise<RestoreEnd> {
  const verified = await check(path, file, tell)
  const redis = await Connection.open(key, way)
  try {
    const { host, port } = key
    const server = await redis.info()
    const position = await Position.find(path, { sha256: verified.sha256, host, port }, server)
    const present = keysIn(server)
    if (present > 0 && !options.replace && !position.isKept) {
      throw new Error(
        `The Redis has ${present} keys, so nothing was written. --replace overwrites those of the same names, and leaves the others.`,
      )
    }
    await position.save()
    await write({ file, total: verified.keys, redis, options, position, tell })
    const evicted = position.evictedOf(await redis.info())
    return { ...position.counts, evicted, again: position.isAgain }
  } finally {
    redis.close()
  }
}

async function check(path: string, file: FileHandle, tell: Tell): Promise<Verified> {
  const found = await file.stat()
  if (found.isDirectory()) throw new Error(`${path} is a directory. Name the file that dump has written.`)
  const total = found.size / 1e6
  const verified = await verify(file, (bytes) => {
    tell({ done: bytes / 1e6, total, unit: 'MB', before: 0 })
  }).catch((error: Error) => {
    throw new Error(`${path} cannot be restored: ${error.message}. Nothing was written.`)
  })
  if (!verified.isWhole) {
    const broken = `it is cut off or damaged after its key ${verified.keys}`
    throw new Error(`${path} cannot be restored: ${broken}. Nothing was written.`)
  }
  return verified
}

function keysIn({ databases }: ServerInfo): number {
  return [...databases.values()].reduce((sum, count) => sum + count, 0)
}

interface Writing {
  file: FileHandle
  /** Keys in the file. */
  total: number
  redis: Connection
  options: RestoreOptions
  position: Position
  tell: Tell
}

async function write({ file, total, redis, options, position, tell }: Writing): Promise<void> {
  let database = 0
  const before = position.keysBehind
  const tidy = flatMemory()
  try {
    for await (const { value, bytes, end } of framesIn(file, position.offset)) {
      if (!isBatch(value)) continue
      if (value.database !== database) await redis.send('SELECT', String(value.database))
      database = value.database
      await position.advance(end, await writeBatch(redis, value, options))
      tidy(value.keys.length, bytes.length)
      tell({ done: position.keysBehind, total, unit: 'keys', before })
    }
  } catch (error) {
    // Without a single key in it there is nothing to go on with.
    const isUntouched = position.offset === 0 && (await redis.info().then(keysIn, () => 1)) === 0
    if (isUntouched) await position.remove()
    // One that was saved before is good enough, and what is told is why the restore has ended.
    else await position.save().catch(() => undefined)
    const { message } = asSentence(error)
    throw new Error(
      isUntouched
        ? `${message} Nothing was written.`
        : `${message} ${position.keys} keys and more are written: the same command goes on from there.`,
    )
  }
  await position.remove()
}

async function writeBatch(
  redis: Connection,
  { at, keys }: Batch,
  options: RestoreOptions,
): Promise<Restored> {
  const counts = { keys: 0, present: 0, expired: 0 }
  const elapsed = options.absoluteExpiry ? Date.now() - at : 0
  const written = keys.map(async ([key, left, value]) => {
    if (left > 0 && left <= elapsed) {
      counts.expired++
      return
    }
    const time = String(left > 0 ? left - elapsed : 0)
    const words = [
      'RESTORE',
      Buffer.from(key),
      time,
      Buffer.from(value),
      ...(options.replace ? ['REPLACE'] : []),
    ]
    try {
      await redis.send(...words)
      counts.keys++
    } catch (error) {
      if (!(error as Error).message.startsWith('BUSYKEY')) throw error
      counts.present++
    }
  })
  // All of them, so that none is on its way when the next step begins or a failure is told.
  const failed = (await Promise.allSettled(written)).find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return counts
}
