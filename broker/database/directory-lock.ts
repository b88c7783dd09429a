import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Holds the directory for this process until `unlock` or the process's end, however it ends: the
 * operating system owns the lock (SQLite's file lock), so that none is ever left behind by a crash.
 *
 * @throws Error when another process holds it.
 */
export function lockDirectory(directory: string): () => void {
  const file = new DatabaseSync(join(directory, 'lock'))
  try {
    file.exec('begin exclusive')
  } catch {
    file.close()
    throw new Error(
      `${directory} is in use by another broker. Stop that one, choose another DATA_DIR, or set DATABASE_URL: several brokers can share a PostgreSQL.`,
    )
  }
  return () => file.close()
}
