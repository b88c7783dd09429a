import { join } from 'node:path'
import { desc, sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { bigint, pgSchema, serial, text } from 'drizzle-orm/pg-core'
import { requireKnownTables } from './postgres/known-tables.ts'
import type { Database } from './store.ts'

/** Drizzle's record of what was applied, in a table of our own beside those of others. */
const record = 'state_backend'
const applied = pgSchema('migrations').table(record, {
  id: serial().primaryKey(),
  hash: text().notNull(),
  createdAt: bigint('created_at', { mode: 'number' }),
})

/** Any number that no other program in the same database locks. */
const ADVISORY_LOCK = 7_283_640_516

/**
 * Brings the tables up to date. Any number of processes may start at once: one does it and the others wait.
 *
 * Drizzle's `migrate` opens a transaction of its own, where an advisory lock of ours would be on another
 * connection, or wait for itself on PGlite's only one. So its files are read by drizzle and applied here.
 */
export async function migrate(db: Database): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: join(import.meta.dirname, 'migrations') })
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`)
    await tx.execute(sql`create schema if not exists migrations`)
    await tx.execute(sql`create table if not exists ${applied} (
      id serial primary key, hash text not null, created_at bigint)`)
    await requireKnownTables(tx, { record, migrations, place: "the state backend's database" })
    const [last] = await tx.select().from(applied).orderBy(desc(applied.createdAt)).limit(1)
    for (const migration of migrations) {
      if (migration.folderMillis <= (last?.createdAt ?? 0)) continue
      for (const statement of migration.sql) await tx.execute(sql.raw(statement))
      await tx.insert(applied).values({ hash: migration.hash, createdAt: migration.folderMillis })
    }
  })
}
