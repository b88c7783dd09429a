import { drizzle } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StateBackend } from '../../state-backend/index.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { bytesOf, clientOf, OPERATOR, state } from '../support/state-client.ts'
import { openBackend } from './backend.ts'

/** How often the database was asked. */
let asked = 0
let postgres: Postgres
let pool: Pool
let backend: StateBackend
beforeAll(async () => {
  postgres = await startPostgres()
  pool = new Pool({ connectionString: postgres.url })
  // An ended pool still hears of its connections when the server stops.
  pool.on('error', () => {})
  const db = drizzle(pool, { logger: { logQuery: () => void asked++ } })
  backend = await openBackend(db)
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})

test.each([
  { who: 'an operator', login: 0 },
  { who: 'an attempt', login: 1 },
])(
  'what $who’s terraform does while nothing stands in its way asks the database once, and a write twice',
  async ({ who, login }) => {
    const stack = who.replace(' ', '-')
    const attempt = { stack, attempt: 'a/1', access: 'write', holder: who } as const
    const credentials = login === 1 ? await backend.grant(attempt) : OPERATOR
    const client = clientOf(backend.app, stack, credentials)
    await client.write(bytesOf(state(1)))
    const costOf = async (request: () => Response | Promise<Response>) => {
      asked = 0
      expect((await request()).status).toBe(200)
      return asked - login
    }
    expect(await costOf(() => client.lock('L1'))).toBe(1)
    expect(await costOf(() => client.get())).toBe(1)
    expect(await costOf(() => client.post(bytesOf(state(2)), 'L1'))).toBe(2)
    expect(await costOf(() => client.unlock('L1'))).toBe(1)
  },
)
