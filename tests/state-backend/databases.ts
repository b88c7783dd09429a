import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { Pool } from 'pg'
import type { Database } from '../../state-backend/store.ts'
import { copyEmptyDatabase } from '../support/embedded-database.ts'
import { startPostgres } from '../support/postgres.ts'

export interface TestDatabase {
  db: Database
  /** Where its data files are. */
  directory: string
  /** For PostgreSQL's own programs. */
  url?: string
  /** Forgets all that the state backend stored. */
  empty(): Promise<void>
  stop(): Promise<void>
}

/** The databases that the state backend works on. Every requirement holds on each. */
export const DATABASES: { name: string; start(): Promise<TestDatabase> }[] = [
  { name: 'PGlite', start: startPglite },
  { name: 'PostgreSQL', start: startPostgresDatabase },
]

async function startPglite(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'pglite-'))
  copyEmptyDatabase(join(directory, 'data'))
  const client = await PGlite.create(join(directory, 'data'))
  const db = drizzlePglite(client)
  return {
    db,
    directory,
    empty: () => empty(db),
    stop: async () => {
      await client.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function startPostgresDatabase(): Promise<TestDatabase> {
  const server = await startPostgres()
  const pool = new Pool({ connectionString: server.url })
  // An ended pool still hears of its connections when the server stops.
  pool.on('error', () => {})
  const db = drizzlePg(pool)
  return {
    db,
    directory: server.directory,
    url: server.url,
    empty: () => empty(db),
    stop: async () => {
      await pool.end()
      await server.stop()
    },
  }
}

/** Emptying tables takes a tenth of the time of making them. */
async function empty(db: Database): Promise<void> {
  const tables = await db
    .select({ name: sql<string>`tablename` })
    .from(sql`pg_tables`)
    .where(sql`schemaname = 'state_backend'`)
  if (tables.length === 0) return
  const names = tables.map(({ name }) => sql`state_backend.${sql.identifier(name)}`)
  await db.execute(sql`truncate ${sql.join(names, sql`, `)}`)
}

/** Takes the tables from under a state backend that is in use. */
export async function dropTables({ db }: TestDatabase): Promise<void> {
  await db.execute(sql`drop schema state_backend, migrations cascade`)
}
