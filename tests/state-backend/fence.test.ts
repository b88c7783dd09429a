import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import { bytesOf, clientOf, operatorAccess, state } from '../support/state-client.ts'
import { until } from '../support/until.ts'
import { startPostgresDatabase, type TestDatabase } from './databases.ts'

let database: TestDatabase
let backend: StateBackend
beforeAll(async () => {
  database = await startPostgresDatabase()
  const keyRing = KeyRing.parse(KeyRing.newEntry('k1'))
  backend = await StateBackend.open({ db: database.db, keyRing, operatorAccess })
})
afterAll(() => database?.stop())

/** An attempt with a lock and a state, on a stack of its own. */
async function attemptOn(stack: string) {
  const attempt = `${stack}/1`
  const credentials = await backend.grant({ stack, attempt, access: 'write', holder: attempt })
  const client = clientOf(backend.app, stack, credentials)
  expect((await client.lock('L1')).status).toBe(200)
  expect((await client.post(bytesOf(state(1)), 'L1')).status).toBe(200)
  return { attempt, client }
}

const someoneWaits = () =>
  until(async () => {
    const waiting = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`
    return ((await database.db.execute(waiting)) as unknown as { rows: unknown[] }).rows.length > 0
  })

/** Does `work` while the row of a stack is held, as by a change that is on its way. */
function whileHeld(stack: string, work: (end: (attempt: string) => Promise<unknown>) => Promise<void>) {
  return database.db.transaction(async (tx) => {
    await tx.execute(sql`select 1 from state_backend.stacks where name = ${stack} for update`)
    await work((attempt) =>
      tx.execute(sql`update state_backend.grants set ended_at = now() where attempt = ${attempt}`),
    )
  })
}

type Client = Awaited<ReturnType<typeof attemptOn>>['client']

test.each<[string, (client: Client) => Promise<Response> | Response]>([
  ['lock', (client) => client.lock('L1')],
  ['write', (client) => client.post(bytesOf(state(2)), 'L1')],
  ['deletion', (client) => client.delete()],
  ['unlock', (client) => client.unlock('L1')],
])('a %s that was on its way when its attempt ended is refused, and changes nothing', async (name, send) => {
  const { attempt, client } = await attemptOn(name)
  let answer: Promise<Response> | undefined
  await whileHeld(name, async (end) => {
    answer = Promise.resolve(send(client))
    await someoneWaits()
    await end(attempt)
  })
  expect((await answer)?.status).toBe(403)
  expect(await backend.read(name)).toEqual(state(1))
  expect(await backend.lockHolder(name)).toMatchObject({ info: { ID: 'L1' }, holder: attempt })
})

test('the end of an attempt waits for what it has on its way', async () => {
  const { attempt } = await attemptOn('ending')
  let ended: Promise<string> | undefined
  await whileHeld('ending', async () => {
    ended = backend.revoke(attempt).then(() => 'ended')
    expect(await Promise.race([ended, someoneWaits().then(() => 'waits')])).toBe('waits')
  })
  expect(await ended).toBe('ended')
})
