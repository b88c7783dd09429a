import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { execa } from 'execa'
import { type ConstructorOptions, fromPglite } from 'pg-boss'
import { requireKnownTables } from '../../state-backend/postgres/known-tables.ts'
import { openPool } from '../../state-backend/postgres/pool.ts'
import { lockDirectory } from '../data-directory/lock.ts'
import type { Log } from '../logging/log.ts'

/** The same for PGlite and PostgreSQL; a transaction is one too. */
export type Database = PgDatabase<PgQueryResultHKT>

export interface OpenDatabase {
  db: Database
  /** How the queue reaches the same database. */
  queueConnection: ConstructorOptions
  /** Whether other broker processes may work on it at the same time. */
  shared: boolean
  close(): Promise<void>
}

export const migrations = {
  migrationsFolder: fileURLToPath(new URL('migrations', import.meta.url)),
  migrationsSchema: 'migrations',
  migrationsTable: 'broker',
}

/** PGlite's own 128 MB would be the largest part of the broker. The records of 1,000 instances take a few megabytes. */
const sharedBuffers = '16MB'

/** Any number; the same in every broker process. */
const migrationLock = 7_346_001

/** PostgreSQL where `url` names one, else the embedded PGlite in the data directory. */
export function openDatabase(
  url: string | undefined,
  dataDirectory: string,
  log: Log,
): Promise<OpenDatabase> {
  return url === undefined ? openEmbedded(dataDirectory, log) : openPostgres(url, log)
}

async function openPostgres(url: string, log: Log): Promise<OpenDatabase> {
  const pool = openPool(url, log, { max: 20 })
  try {
    const client = await pool.connect()
    try {
      const db = drizzlePostgres(client)
      await db.execute(sql`select pg_advisory_lock(${migrationLock})`)
      await requireOwnTables(db, 'the database of DATABASE_URL')
      await migratePostgres(db, migrations)
      await db.execute(sql`select pg_advisory_unlock(${migrationLock})`)
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: drizzlePostgres(pool),
    queueConnection: { connectionString: url },
    shared: true,
    close: () => pool.end(),
  }
}

async function openEmbedded(dataDirectory: string, log: Log): Promise<OpenDatabase> {
  const directory = join(dataDirectory, 'database')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // A second process on the directory would not be refused by PGlite and would silently diverge.
  const unlock = lockDirectory(dataDirectory)
  try {
    // The optimising compiler of WebAssembly would take a third of a start, and records of one machine are answered as
    // quickly without.
    setFlagsFromString('--liftoff-only')
    // Loaded only here: beside a PostgreSQL it would only cost memory.
    const { PGlite } = await import('@electric-sql/pglite')
    const { drizzle } = await import('drizzle-orm/pglite')
    const { migrate } = await import('drizzle-orm/pglite/migrator')
    if (!existsSync(join(directory, 'PG_VERSION'))) await makeEmbedded(directory)
    const client = await PGlite.create(directory, {
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`],
    })
    endOnPanic(client, directory, log)
    const db = drizzle(client)
    await requireOwnTables(db as unknown as Database, `DATA_DIR ${dataDirectory}`)
    await migrate(db, migrations)
    return {
      db: db as unknown as Database,
      queueConnection: { db: fromPglite(client), backend: 'pglite' },
      shared: false,
      async close() {
        await client.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw gaveUp.test(String(error)) ? new Error(cannotGoOn(directory)) : error
  }
}

const cannotGoOn = (directory: string) =>
  `The embedded database in ${directory} can't go on. See whether its disk is full.`

/** How it ends on a full disk: by itself, which says no more, or with WebAssembly's number for that. */
const gaveUp = /^(RuntimeError: )?Aborted\(|errno: 51\b/

/**
 * Ends the process after a panic, as when a full disk does not take the database's log. Whatever it is asked from then on
 * is refused, and only an opening recovers it. A PostgreSQL would start itself anew.
 */
function endOnPanic(client: PGlite, directory: string, log: Log): void {
  const run = client.execProtocolStream.bind(client)
  client.execProtocolStream = async (...asked) => {
    try {
      return await run(...asked)
    } catch (error) {
      const { severity } = error as { severity?: string }
      if (severity !== 'PANIC' && !gaveUp.test(String(error))) throw error
      log.error({ err: error }, `${cannotGoOn(directory)} The broker ends, and recovers it at its next start`)
      process.exit(1)
    }
  }
}

function requireOwnTables(db: Database, place: string): Promise<void> {
  const { migrationsTable: record } = migrations
  return requireKnownTables(db, { record, migrations: readMigrationFiles(migrations), place })
}

/** Makes the database where there is none. */
async function makeEmbedded(directory: string): Promise<void> {
  const program = fileURLToPath(new URL('new-embedded.ts', import.meta.url))
  await execa(process.execPath, ['--disable-warning=ExperimentalWarning', program, directory], {
    extendEnv: false,
  })
}
