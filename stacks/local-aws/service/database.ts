import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * The service's records: one SQLite file, which any number of processes may have open. A change is one
 * transaction, so a process that is killed leaves either all of it or nothing.
 */
export function openDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'elasticache.db')
  const database = new DatabaseSync(path)
  chmodSync(path, 0o600)
  database.exec('PRAGMA busy_timeout = 10000')
  transaction(database, () =>
    database.exec(`
      CREATE TABLE IF NOT EXISTS replication_group (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS parameter_group (name TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS named_record (
        kind TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, region, name)
      ) STRICT;
      CREATE TABLE IF NOT EXISTS snapshot (name TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS behaviour (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL) STRICT;
    `),
  )
  return database
}

/** Runs `change` in a transaction that holds the write lock from its start, so that what it reads stays true. */
export function transaction<T>(database: DatabaseSync, change: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = change()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
