import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, type OpenDatabase, openDatabase } from '../../../broker/database/database.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { migrate } from '../../../state-backend/migrate.ts'
import { placeEmptyDatabase } from '../../support/embedded-database.ts'

const log = createLog('silent')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tables-'))
  placeEmptyDatabase(directory)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function withDatabase<T>(use: (db: Database) => Promise<T>): Promise<T> {
  const database: OpenDatabase = await openDatabase(undefined, directory, log)
  try {
    return await use(database.db)
  } finally {
    await database.close()
  }
}

/** Notes down a migration that this version does not have, or has otherwise. */
const noted = (record: string, createdAt: number) => (db: Database) =>
  db.execute(
    sql`insert into migrations.${sql.identifier(record)} (hash, created_at) values ('of another one', ${createdAt})`,
  )

const beforeAll = Date.parse('2026-11-20T12:00:00Z')
const later = Date.now() + 1e10

describe('tables of a checkout from before the first release are refused, with what to do,', () => {
  const sentence =
    /were made by a checkout from before the first release .* Nothing was changed\. .* start this version on an empty database/

  test("the broker's", async () => {
    await withDatabase(noted('broker', beforeAll))
    await expect(withDatabase(async () => {})).rejects.toThrow(sentence)
    await expect(withDatabase(async () => {})).rejects.toThrow(`DATA_DIR ${directory}`)
  })

  test("the state backend's", async () => {
    await withDatabase(async (db) => {
      await migrate(db)
      await noted('state_backend', beforeAll)(db)
      await expect(migrate(db)).rejects.toThrow(sentence)
    })
  })
})

test('tables of a newer version are taken: a way back stays open', async () => {
  await withDatabase(async (db) => {
    await migrate(db)
    await noted('broker', later)(db)
    await noted('state_backend', later)(db)
  })
  await withDatabase((db) => migrate(db))
})
