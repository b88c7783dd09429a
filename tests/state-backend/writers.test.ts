import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateBackend, TerraformState } from '../../state-backend/index.ts'
import { bytesOf, clientOf, state } from '../support/state-client.ts'
import { until } from '../support/until.ts'
import { openBackend } from './backend.ts'
import { DATABASES, type TestDatabase } from './databases.ts'

const WRITERS = Array.from({ length: 32 }, (_, index) => `writer-${index}`)

describe.each(DATABASES)('32 writers at once on $name', ({ start }) => {
  let database: TestDatabase
  let backend: StateBackend

  beforeAll(async () => {
    database = await start()
  })
  afterAll(() => database?.stop())
  beforeEach(async () => {
    await database.empty()
    backend = await openBackend(database.db, { versionsKept: 1000 })
  })

  test('on one state: each waits for the lock, and no write is lost', async () => {
    await Promise.all(
      WRITERS.map(async (writer) => {
        const client = clientOf(backend.app, 'shared')
        while ((await client.lock(writer)).status !== 200) await sleep(20)
        const read = await client.get()
        const serial = read.status === 204 ? 0 : ((await read.json()) as TerraformState).serial
        const answer = await client.post(bytesOf(state(serial + 1, { content: writer })), writer)
        expect(answer.status).toBe(200)
        await client.unlock(writer)
      }),
    )
    const written = await Promise.all(WRITERS.map((_, index) => backend.version('shared', index + 1)))
    expect(written.map(({ serial }) => serial)).toEqual(WRITERS.map((_, index) => index + 1))
    expect(written.map(({ outputs }) => outputs.o?.value).sort()).toEqual([...WRITERS].sort())
  })

  test('with the same lock and the same serial: one wins, the others are told', async () => {
    const client = clientOf(backend.app, 'shared')
    await client.lock('L1')
    const answers = await Promise.all(
      WRITERS.map((writer) => client.post(bytesOf(state(1, { content: writer })), 'L1')),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(31).fill(409)])
    expect(await backend.versions('shared')).toHaveLength(1)
  })

  test('on a state each: nobody waits for another’s lock', async () => {
    await Promise.all(
      WRITERS.map(async (stack) => {
        const client = clientOf(backend.app, stack)
        for (const serial of [1, 2, 3]) {
          expect((await client.write(bytesOf(state(serial, { content: stack })))).status).toBe(200)
        }
      }),
    )
    for (const stack of WRITERS) expect(await backend.read(stack)).toEqual(state(3, { content: stack }))
  })

  test('with a grant each, one after another: only the newest writes', async () => {
    const grants = await Promise.all(
      WRITERS.map((attempt) => backend.grant({ stack: 'shared', attempt, access: 'write', holder: attempt })),
    )
    const answers = await Promise.all(
      grants.map((credentials, index) => clientOf(backend.app, 'shared', credentials).lock(`L${index}`)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(31).fill(403)])
  })
  test('of attempts that come while the earlier ones write: no version of an earlier one comes after theirs', async () => {
    const writeUntilOver = async (client: ReturnType<typeof clientOf>, lock: string) => {
      for (;;) {
        await client.lock(lock)
        const read = await client.get()
        if (read.status === 403) return
        const serial = read.status === 204 ? 0 : ((await read.json()) as TerraformState).serial
        await client.post(bytesOf(state(serial + 1)), lock)
        await client.unlock(lock)
        // PGlite answers without letting timers run.
        await sleep(0)
      }
    }
    const attempts = Array.from({ length: 8 }, (_, index) => `operation/${index + 1}`)
    const writing: Promise<void>[] = []
    for (const attempt of attempts) {
      const access = { stack: 'shared', attempt, access: 'write', holder: attempt } as const
      writing.push(writeUntilOver(clientOf(backend.app, 'shared', await backend.grant(access)), attempt))
      const before = (await backend.versions('shared'))[0]?.version ?? 0
      await until(async () => ((await backend.versions('shared'))[0]?.version ?? 0) > before + 2)
    }
    await backend.revoke(attempts.at(-1) as string)
    await Promise.all(writing)
    const writers = (await backend.versions('shared')).map(({ writer }) => writer).reverse()
    expect(new Set(writers)).toEqual(new Set(attempts))
    expect(writers).toEqual([...writers].sort())
  })
})
