import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StateBackend } from '../../state-backend/index.ts'
import type { Database } from '../../state-backend/store.ts'
import { someoneWaits } from '../support/someone-waits.ts'
import { bytesOf, clientOf, lockInfo, state } from '../support/state-client.ts'
import { openBackend } from './backend.ts'
import { startPostgresDatabase, type TestDatabase } from './databases.ts'

let database: TestDatabase
let backend: StateBackend
beforeAll(async () => {
  database = await startPostgresDatabase()
  backend = await openBackend(database.db)
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

/** Does `work` while the row of a stack is held, as by a change that is on its way. */
function whileHeld(stack: string, work: (tx: Pick<Database, 'execute'>) => Promise<void>) {
  return database.db.transaction(async (tx) => {
    await tx.execute(sql`select 1 from state_backend.stacks where name = ${stack} for update`)
    await work(tx)
  })
}

type Client = Awaited<ReturnType<typeof attemptOn>>['client']

/** The answer to a request that waited for the stack while `change` was made to it, or to its attempt. */
async function answerAfter<Answer>(
  change: ReturnType<typeof sql>,
  stack: string,
  send: () => Promise<Answer> | Answer,
): Promise<Answer | undefined> {
  let answer: Promise<Answer> | undefined
  await whileHeld(stack, async (tx) => {
    answer = Promise.resolve(send())
    // It may be refused before it is waited for.
    answer.catch(() => {})
    await someoneWaits(database.db)
    await tx.execute(change)
  })
  return answer
}

test.each<[string, (client: Client) => Promise<Response> | Response]>([
  ['lock', (client) => client.lock('L1')],
  ['write', (client) => client.post(bytesOf(state(2)), 'L1')],
  ['deletion', (client) => client.delete()],
  ['unlock', (client) => client.unlock('L1')],
])('a %s that was on its way when its attempt ended is refused, and changes nothing', async (name, send) => {
  const { attempt, client } = await attemptOn(name)
  const end = sql`update state_backend.grants set ended_at = now() where attempt = ${attempt}`
  expect((await answerAfter(end, name, () => send(client)))?.status).toBe(403)
  expect(await backend.read(name)).toEqual(state(1))
  expect(await backend.lockHolder(name)).toMatchObject({ info: { ID: 'L1' }, holder: attempt })
})

describe('what changed while a request waited for the stack counts:', () => {
  const change = (columns: ReturnType<typeof sql>, stack: string) =>
    sql`update state_backend.stacks set ${columns} where name = ${stack}`
  const L9 = sql`lock_id = 'L9', lock_info = ${JSON.stringify(lockInfo('L9'))}, lock_holder = 'other', lock_grant = null`
  const post = (client: Client) => client.post(bytesOf(state(2)), 'L1')

  test.each<[string, number, ReturnType<typeof sql>, (client: Client) => Promise<Response> | Response]>([
    ['a write is refused when the lock is another’s', 423, L9, post],
    ['a write is refused when the lock is nobody’s', 428, sql`lock_id = null`, post],
    ['a write is refused when its serial is an old one', 409, sql`serial = 3`, post],
    ['a write is refused when the lineage is another one', 409, sql`lineage = 'other'`, post],
    ['an unlock is refused when the lock is another’s', 423, L9, (client) => client.unlock('L1')],
  ])('%s', async (title, status, columns, send) => {
    const stack = title.replace(/\W+/g, '-')
    const { client } = await attemptOn(stack)
    const answer = await answerAfter(change(columns, stack), stack, () => send(client))
    expect(answer?.status).toBe(status)
    expect(await backend.versions(stack)).toHaveLength(1)
  })

  test('a lock is refused when another took it', async () => {
    const { client } = await attemptOn('taken')
    await client.unlock('L1')
    const answer = await answerAfter(change(L9, 'taken'), 'taken', () => client.lock('L1'))
    expect(answer?.status).toBe(423)
    expect(await backend.lockHolder('taken')).toMatchObject({ info: { ID: 'L9' } })
  })

  test('a restore is refused when somebody took the lock', async () => {
    const { client } = await attemptOn('restored')
    await client.unlock('L1')
    const restored = answerAfter(change(L9, 'restored'), 'restored', () =>
      backend.restore('restored', 1, 'test'),
    )
    await expect(restored).rejects.toMatchObject({ reason: 'locked' })
    expect(await backend.versions('restored')).toHaveLength(1)
  })

  test('a write gets the number after the newest version, and opens', async () => {
    const { client } = await attemptOn('numbered')
    const answer = await answerAfter(change(sql`last_version = 7`, 'numbered'), 'numbered', () =>
      post(client),
    )
    expect(answer?.status).toBe(200)
    expect(await backend.read('numbered')).toEqual(state(2))
    expect(await backend.versions('numbered')).toMatchObject([{ version: 8 }, { version: 1 }])
  })
})

test('the end of an attempt waits for what it has on its way', async () => {
  const { attempt } = await attemptOn('ending')
  let ended: Promise<string> | undefined
  await whileHeld('ending', async () => {
    ended = backend.revoke(attempt).then(() => 'ended')
    expect(await Promise.race([ended, someoneWaits(database.db).then(() => 'waits')])).toBe('waits')
  })
  expect(await ended).toBe('ended')
})
