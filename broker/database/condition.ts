import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { type Database, migrations } from './database.ts'

/** How `doctor` finds a database. */
export interface Condition {
  /** Of PostgreSQL, such as 17.2. */
  version: string
  /** The hashes of the migrations that it has had: none when it is new. */
  migrations: string[]
}

/** Asks a database, and returns the rows. */
export type Query = <Row extends object>(text: string) => Promise<Row[]>

export async function conditionOf(query: Query): Promise<Condition> {
  const [server] = await query<{ version: string }>("select current_setting('server_version') as version")
  const table = `${migrations.migrationsSchema}.${migrations.migrationsTable}`
  const [found] = await query<{ there: boolean }>(`select to_regclass('${table}') is not null as there`)
  const done = found?.there ? await query<{ hash: string }>(`select hash from ${table}`) : []
  return { version: server?.version ?? 'unknown', migrations: done.map(({ hash }) => hash) }
}

/** Of a database that is open. */
export const conditionOfOpen = (db: Database): Promise<Condition> =>
  conditionOf(async <Row extends object>(text: string) => {
    const result = (await db.execute(sql.raw(text))) as unknown as { rows: Row[] }
    return result.rows
  })

/** How many migrations of this version a database lacks; undefined when it has had none: it is new. */
export function pendingMigrations({ migrations: done }: Condition): number | undefined {
  if (done.length === 0) return undefined
  return readMigrationFiles(migrations).filter(({ hash }) => !done.includes(hash)).length
}
