import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

type Database = PgDatabase<PgQueryResultHKT>

/**
 * Has statements made once for each database: drizzle writes the text of one in more time than PostgreSQL needs to run
 * it. Each has a name, by which a connection knows it again and does not plan it anew; no two may have the same.
 */
export function prepared<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, T>()
  return (db) => {
    const statements = made.get(db) ?? make(db)
    made.set(db, statements)
    return statements
  }
}
