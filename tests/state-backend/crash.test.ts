import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { TerraformState } from '../../state-backend/index.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { bytesOf, clientOf, OPERATOR, state } from '../support/state-client.ts'
import { type Server, startServer } from './server.ts'

const keys = { STATE_KEYS: KeyRing.newEntry('k1'), OPERATOR_PASSWORD: OPERATOR.password }
const contentOf = (serial: number) => `${serial} `.repeat(100_000)

/**
 * Writes one state after another until the server is gone.
 * @param underWay called when some writes were accepted and more are on their way
 * @returns the last serial that was accepted
 */
async function writeUntilItEnds(server: Server, underWay: () => void, stack = 'redis-1'): Promise<number> {
  const client = clientOf(server.app, stack)
  for (let serial = 1; ; serial++) {
    const body = bytesOf(state(serial, { content: contentOf(serial) }))
    const status = await Promise.resolve(client.lock('L1'))
      .then(() => client.post(body, 'L1'))
      .then(
        (answer) => answer.status,
        () => undefined,
      )
    if (status === undefined || status >= 500) return serial - 1
    expect(status).toBe(200)
    if (serial === 3) underWay()
  }
}

/** Ends something while writes are on their way. */
async function endDuringWrites(
  server: Server,
  pause: number,
  end: () => Promise<unknown>,
  stack = 'redis-1',
): Promise<number> {
  const { promise: underWay, resolve } = Promise.withResolvers<void>()
  const writing = writeUntilItEnds(server, resolve, stack)
  await Promise.race([underWay, writing])
  await sleep(pause)
  await end()
  return writing
}

/** Requires that a restarted server has a whole state: the one accepted last, or the one that was on its way. */
async function requireOldOrNew(server: Server, accepted: number, stack = 'redis-1'): Promise<number> {
  const answer = await clientOf(server.app, stack).get()
  expect(answer.status).toBe(200)
  const read = (await answer.json()) as TerraformState
  expect([accepted, accepted + 1]).toContain(read.serial)
  expect(read.outputs.o?.value).toBe(contentOf(read.serial))
  return read.serial
}

describe('A crash in the middle of a write leaves the old or the new version', () => {
  let postgres: Postgres
  const directory = mkdtempSync(join(tmpdir(), 'pglite-crash-'))
  const servers: Server[] = []

  const onPglite = () =>
    startServer(join(import.meta.dirname, 'pglite-server.ts'), {
      ...keys,
      DIRECTORY: join(directory, 'data'),
    })
  const onPostgres = () =>
    startServer(join(import.meta.dirname, '../../state-backend/main.ts'), {
      ...keys,
      DATABASE_URL: postgres.url,
    })
  const start = async (how: () => Promise<Server>) => {
    const server = await how()
    servers.push(server)
    return server
  }

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(async () => {
    for (const server of servers) await server.end('SIGKILL')
    await postgres?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test.each([
    ['PGlite', onPglite],
    ['PostgreSQL', onPostgres],
  ])('kill -9 of the process on %s', async (_name, how) => {
    const server = await start(how)
    const accepted = await endDuringWrites(server, 5, () => server.end('SIGKILL'))
    expect(accepted).toBeGreaterThanOrEqual(3)
    await requireOldOrNew(await start(how), accepted)
  })

  test('kill -9 of PostgreSQL under 20 writers, after which the same process goes on', async () => {
    const server = await start(onPostgres)
    const others = Array.from({ length: 19 }, (_, index) =>
      writeUntilItEnds(server, () => {}, `other-${index}`),
    )
    const accepted = await endDuringWrites(server, 3, () => postgres.kill(), 'redis-2')
    await Promise.all(others)
    await postgres.restart()
    const current = await requireOldOrNew(server, accepted, 'redis-2')
    // More at once than the process has connections: none of them was lost with the database.
    const client = clientOf(server.app, 'redis-2')
    const reads = await Promise.all(Array.from({ length: 30 }, () => client.get()))
    expect(reads.map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect((await client.post(bytesOf(state(current + 1)), 'L1')).status).toBe(200)
  })
})
