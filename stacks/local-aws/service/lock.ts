import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** A fixed set of lock files: a file that were removed after use could be locked by two at once. */
const LOCK_FILES = 64
const RETRY_MILLISECONDS = 20
const SQLITE_BUSY = 5

/**
 * Runs `work` while no other process, and nothing else in this one, works on the group `name`. The lock is
 * SQLite's on an empty file: the operating system releases it when its holder dies, however it dies.
 */
export async function withLock<T>(directory: string, name: string, work: () => Promise<T>): Promise<T> {
  const lock = openLock(directory, name)
  try {
    while (!tryLock(lock)) await sleep(RETRY_MILLISECONDS)
    return await work()
  } finally {
    lock.close()
  }
}

/** As `withLock`, but undefined at once when somebody else has the lock. */
export async function ifUnlocked<T>(
  directory: string,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const lock = openLock(directory, name)
  try {
    return tryLock(lock) ? await work() : undefined
  } finally {
    lock.close()
  }
}

function openLock(directory: string, name: string): DatabaseSync {
  const locks = join(directory, 'locks')
  mkdirSync(locks, { recursive: true, mode: 0o700 })
  const number = createHash('sha256').update(name).digest().readUInt32BE() % LOCK_FILES
  return new DatabaseSync(join(locks, String(number).padStart(2, '0')))
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false
    throw error
  }
}
