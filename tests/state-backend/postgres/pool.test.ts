import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPool } from '../../../state-backend/postgres/pool.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'

let postgres: Postgres

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

test('connections that are lost, before a transaction begins or in the middle of it, are replaced', async () => {
  const log = { info() {}, warn() {}, error() {} }
  const pool = openPool(postgres.url, log)
  const db = drizzle(pool)
  const lose = sql`select pg_terminate_backend(pg_backend_pid())`
  // More often than the pool has connections.
  for (let round = 0; round < 12; round++) {
    pool.once(
      'acquire',
      (client) => void client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {}),
    )
    await expect(db.transaction((tx) => tx.execute(sql`select 1`))).rejects.toThrow()
    await expect(db.transaction((tx) => tx.execute(lose))).rejects.toThrow()
    await expect(db.execute(lose)).rejects.toThrow()
  }
  expect((await db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }])
  await pool.end()
})
