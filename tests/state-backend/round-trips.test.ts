import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import { bytesOf, clientOf, OPERATOR, operatorAccess, state } from '../support/state-client.ts'

/** How often the database was asked. Both kinds of it are asked alike. */
let asked = 0
const pglite = new PGlite()
const db = drizzle(pglite, { logger: { logQuery: () => void asked++ } })
let backend: StateBackend
beforeAll(async () => {
  backend = await StateBackend.open({ db, keyRing: KeyRing.parse(KeyRing.newEntry('k1')), operatorAccess })
})
afterAll(() => pglite.close())

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
