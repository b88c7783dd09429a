import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

type Database = PgDatabase<PgQueryResultHKT>

/**
 * Without a name PostgreSQL keeps nothing of a statement in a connection, which a pooler in between may exchange. What
 * is saved is the writing of its text, which takes drizzle longer than PostgreSQL takes to run it.
 */
export const unnamed = ''

/** Has statements made once for each database. */
export function prepared<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, T>()
  return (db) => {
    const statements = made.get(db) ?? make(db)
    made.set(db, statements)
    return statements
  }
}
