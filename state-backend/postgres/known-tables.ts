import { sql } from 'drizzle-orm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** A migration: its file's hash, and when it was made, in milliseconds. */
export interface Migration {
  hash: string
  folderMillis: number
}

/**
 * Refuses tables that these migrations do not lead on from: those of a checkout from before the first release, which
 * had others. Tables of a newer version are taken: it adds to them what an older version does not look at.
 * @param record the table in the schema `migrations` where it is noted what was applied
 * @param place the database, for the message: without a password
 * @throws Error that says what to do; nothing was changed
 */
export async function requireKnownTables(
  db: PgDatabase<PgQueryResultHKT>,
  { record, migrations, place }: { record: string; migrations: Migration[]; place: string },
): Promise<void> {
  const known = migrations.map(({ hash }) => hash)
  const newest = Math.max(...migrations.map(({ folderMillis }) => folderMillis))
  const foreign = (await applied(db, record)).filter(
    ({ hash, created_at }) => !known.includes(hash) && Number(created_at) <= newest,
  )
  if (foreign.length === 0) return
  throw new Error(
    `The tables in ${place} were made by a checkout from before the first release and can't be brought up to date. ` +
      'Nothing was changed. Delete their instances with that checkout, and start this version on an empty database.',
  )
}

async function applied(db: PgDatabase<PgQueryResultHKT>, record: string) {
  const rowsOf = async <T>(query: ReturnType<typeof sql>) =>
    ((await db.execute(query)) as unknown as { rows: T[] }).rows
  const [found] = await rowsOf<{ table: string | null }>(
    sql`select to_regclass(${`migrations.${record}`})::text as table`,
  )
  if (!found?.table) return []
  return rowsOf<{ hash: string; created_at: string }>(
    sql`select hash, created_at from ${sql.identifier('migrations')}.${sql.identifier(record)}`,
  )
}
