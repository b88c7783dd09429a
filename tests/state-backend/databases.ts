import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { Pool } from 'pg'
import type { Database } from '../../state-backend/index.ts'
import { startPostgres } from '../support/postgres.ts'

export interface TestDatabase {
  db: Database
  /** Where its data files are. */
  directory: string
  /** For PostgreSQL's own programs. */
  url?: string
  /** Drops all that the state backend made. */
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

async function startPostgresDatabase(): Promise<TestDatabase> {
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

async function empty(db: Database): Promise<void> {
  for (const schema of ['state_backend', 'migrations']) {
    await db.execute(sql`drop schema if exists ${sql.identifier(schema)} cascade`)
  }
}
