import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { Pool } from 'pg'
import { migrations } from './database.ts'

/** How many migrations a database lacks; undefined when it has had none: it is new. */
export async function pendingMigrations(pool: Pool): Promise<number | undefined> {
  const table = `${migrations.migrationsSchema}.${migrations.migrationsTable}`
  const { rows: found } = await pool.query<{ there: boolean }>(
    'select to_regclass($1) is not null as there',
    [table],
  )
  if (!found[0]?.there) return undefined
  const { rows } = await pool.query<{ hash: string }>(`select hash from ${table}`)
  const done = new Set(rows.map(({ hash }) => hash))
  return readMigrationFiles(migrations).filter(({ hash }) => !done.has(hash)).length
}
