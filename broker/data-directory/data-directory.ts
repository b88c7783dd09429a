import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../logging/log.ts'
import { nearestThatExists, obstacleTo } from './obstacle.ts'

/** Permissions of anybody but the owner. */
const others = 0o077

/**
 * Makes DATA_DIR, or shuts one that exists to others: they could read what is secret in it, or lock its files, so
 * that the broker does not start.
 * @throws Error that says what to do, when it can't be made, is not this user's, or can't be shut
 */
export function openDataDirectory(directory: string, log: Log): void {
  make(directory)
  const { uid, mode } = statSync(directory)
  if (uid !== process.getuid?.()) {
    throw new Error(
      `DATA_DIR ${directory} belongs to another user (uid ${uid}), who could read all that is secret in it. Give it to the broker's user with chown, or choose a directory inside of it.`,
    )
  }
  if ((mode & others) === 0) return
  chmodSync(directory, mode & 0o700)
  if (statSync(directory).mode & others) {
    throw new Error(
      `DATA_DIR ${directory} is open to other users, and its file system keeps it so. Choose a directory elsewhere.`,
    )
  }
  const message = 'DATA_DIR was open to other users of this machine. It is open to the owner only now'
  log.warn({ setting: 'DATA_DIR', directory, mode: (mode & 0o777).toString(8) }, message)
}

function make(directory: string): void {
  try {
    const there = nearestThatExists(directory)
    if (there === directory && statSync(there, { throwIfNoEntry: false })?.isDirectory()) return
    const obstacle = obstacleTo(directory)
    if (obstacle) throw new Error(obstacle)
    makeBelow(there, directory)
  } catch (error) {
    throw new Error(
      `DATA_DIR ${directory} can't be made: ${(error as Error).message}. Set DATA_DIR to a directory that the broker's user may write to, or to a new one inside of such.`,
    )
  }
}

/** One after the other: Node's own way to make all of them tries for ever where a file system takes none. */
function makeBelow(there: string, directory: string): void {
  if (directory === there) return
  makeBelow(there, dirname(directory))
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    // Another broker may have been faster.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
