import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's code for "somebody else has the lock". */
const busy = 5

/** Another process holds the directory. */
export class DirectoryInUse extends Error {}

/**
 * Holds the directory for this process until `unlock` or the process's end, however it ends.
 *
 * @throws DirectoryInUse, and another error when the file system can't lock
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock')
  const unlock = lockFile(path)
  if (unlock) return unlock
  throw new DirectoryInUse(
    `${directory} is in use by another broker. Stop that one, choose another DATA_DIR, or set DATABASE_URL: several brokers can share a PostgreSQL. (If there is none, another program has ${path} open and locked: fuser names it.)`,
  )
}

/**
 * Holds a file that is there for nothing else, and makes it. The operating system owns the lock (SQLite's file lock),
 * so that none is ever left behind by a crash.
 *
 * @returns undefined when another process holds it
 * @throws Error when the file system can't lock
 */
export function lockFile(path: string): (() => void) | undefined {
  const file = new DatabaseSync(path)
  try {
    file.exec('begin exclusive')
  } catch (error) {
    file.close()
    const { errcode, message } = error as Error & { errcode?: number }
    if (errcode !== busy) throw new Error(`${path} can't be locked: ${message}`)
    return undefined
  }
  return () => file.close()
}
