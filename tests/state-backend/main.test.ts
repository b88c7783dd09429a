import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { readSettings } from '../../state-backend/settings/settings.ts'
import { nodeFlags } from '../support/node.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { sent } from '../support/sent.ts'
import { bytesOf, clientOf, lockInfo, OPERATOR, READER, state } from '../support/state-client.ts'
import { type Server, startServer } from './server.ts'

const program = join(import.meta.dirname, '../../state-backend/main.ts')
const key = KeyRing.newEntry('k1')
const good = {
  DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres',
  STATE_KEYS: key,
  OPERATOR_PASSWORD: OPERATOR.password,
}

describe('A wrong setting of the state backend by itself', () => {
  test('is named in one sentence each', () => {
    const sentences =
      /^DATABASE_URL must [^\n]*\.\nOPERATOR_PASSWORD must [^\n]*\.\nSet either STATE_KEYS [^\n]*\.$/
    expect(() => readSettings({})).toThrow(sentences)
    expect(() => readSettings(good)).not.toThrow()
  })

  test.each<[Record<string, string | undefined>, RegExp]>([
    [{ DATABASE_URL: 'mysql://secret' }, /^DATABASE_URL must name the database: postgres:[^ ]*\.$/],
    [{ PORT: 'http' }, /^PORT must be a whole number/],
    [{ PORT: '65536' }, /^PORT must be at most 65535\.$/],
    [{ STATE_VERSIONS_KEPT: '0' }, /^STATE_VERSIONS_KEPT must be/],
    [{ STATE_MAX_BYTES: '10 MB' }, /^STATE_MAX_BYTES must be/],
    [{ STATE_REQUESTS_AT_ONCE: '-1' }, /^STATE_REQUESTS_AT_ONCE must be/],
    [{ OPERATOR_PASSWORD: '' }, /^OPERATOR_PASSWORD must be set/],
    [{ READER_PASSWORD: '' }, /^READER_PASSWORD must not be empty\.$/],
    [{ OPERATOR_PASSWORD: 'x' }, /^OPERATOR_PASSWORD must have at least 16 characters/],
    [{ READER_PASSWORD: OPERATOR.password }, /^READER_PASSWORD must be another one than OPERATOR_PASSWORD/],
    [
      { READER_USERNAME: OPERATOR.username, READER_PASSWORD: READER.password },
      /^READER_USERNAME must be another one than OPERATOR_USERNAME/,
    ],
    [{ STATE_KEYS: undefined }, /^Set either STATE_KEYS .* or STATE_KEYS_FILE/],
    [{ STATE_KEYS_FILE: '/keys' }, /^Set either STATE_KEYS .* or STATE_KEYS_FILE/],
  ])('%j stops the start', (change, message) => {
    expect(() => readSettings({ ...good, ...change })).toThrow(message)
  })

  test('ends the program, with nothing but the sentence', async () => {
    const environment = { ...good, STATE_KEYS: 'k1:secret' }
    const ended = await execa(process.execPath, [...nodeFlags, program], { env: environment, reject: false })
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toContain('The key "k1" is not 32 bytes in base64.')
    expect(ended.stderr).not.toContain('secret')
  })
})

describe('The state backend by itself', () => {
  let postgres: Postgres
  let servers: [Server, Server, Server]
  const newKey = KeyRing.newEntry('k2')
  const start = (more = {}) =>
    startServer(program, { ...good, DATABASE_URL: postgres.url, READER_PASSWORD: READER.password, ...more })

  beforeAll(async () => {
    postgres = await startPostgres()
    servers = await Promise.all([start(), start(), start()])
  })
  beforeEach(async () => {
    if (servers[2].process.exitCode !== null) servers[2] = await start({ STATE_KEYS: `${key},${newKey}` })
  })
  afterAll(async () => {
    for (const server of servers ?? []) await server.end('SIGKILL')
    await postgres?.stop()
  })

  test('several processes start at once on an empty database and serve the same states', async () => {
    const [one, two, three] = servers.map((server) => clientOf(server.app, 'redis-1'))
    expect((await one?.write(bytesOf(state(1))))?.status).toBe(200)
    expect((await two?.write(bytesOf(state(2))))?.status).toBe(200)
    expect(await (await three?.get())?.json()).toEqual(state(2))

    const writers = Array.from({ length: 30 }, (_, index) => servers[index % 3] as Server)
    await one?.lock('L1')
    const answers = await Promise.all(
      writers.map((server, index) =>
        clientOf(server.app, 'redis-1').post(bytesOf(state(3, { content: `writer ${index}` })), 'L1'),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(29).fill(409)])
  })

  test('answers at the literal path alone, which a proxy may guard', async () => {
    const [{ url }] = servers
    const status = async (path: string) =>
      (await sent(url, 'GET', path, `${OPERATOR.username}:${OPERATOR.password}`)).status
    expect(await status('/state/redis-2')).toBe(204)
    expect(await status('/st%61te/redis-2')).toBe(404)
    expect(await status('/any/../state/redis-2')).toBe(400)
    expect(await status('/state/%2e%2e/state/redis-2')).toBe(400)
    expect(await status('/state/%FF')).toBe(400)
  })

  test('a reader reads and writes nothing', async () => {
    const reader = clientOf(servers[0].app, 'redis-2', READER)
    expect((await reader.get()).status).toBe(204)
    expect((await reader.lock('L1')).status).toBe(403)
  })

  test('its commands show versions, restore one and re-encrypt, while it serves', async () => {
    const client = clientOf(servers[0].app, 'redis-4')
    await client.write(bytesOf(state(1, { content: 'old' })))
    await client.write(bytesOf(state(2, { content: 'new' })))
    const run = async (words: string[], keys = key) => {
      const environment = { ...good, DATABASE_URL: postgres.url, STATE_KEYS: keys }
      const ended = await execa(process.execPath, [...nodeFlags, program, ...words], {
        env: environment,
        reject: false,
      })
      return { code: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr }
    }
    expect((await run(['stacks'])).stdout.split('\n')).toContain('redis-4')
    const versions = (await run(['versions', 'redis-4'])).stdout.split('\n').map((line) => JSON.parse(line))
    expect(versions).toMatchObject([
      { version: 2, serial: 2 },
      { version: 1, serial: 1, writer: 'operator operator' },
    ])
    expect((await run(['compare', 'redis-4', '1', '2'])).stdout).toContain('"after": "new"')
    expect((await run(['restore', 'redis-4', '1'])).stdout).toBe('It is version 3 now, with serial 3.')
    expect(await (await client.get()).json()).toEqual(state(3, { content: 'old' }))
    expect(await run(['restore', 'redis-4', '9'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no version 9 of the state of redis-4\.$/),
    })
    expect(await run(['restore', 'redis-4'])).toMatchObject({ code: 1, stdout: '' })
    expect(await run(['versions', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no state of nope\.$/),
    })
    // The servers have the old key alone, and read nothing from now on.
    const reencrypted = await run(['reencrypt'], `${newKey},${key}`)
    expect(reencrypted.stdout).toMatch(/^Versions encrypted anew: [1-9]\d*\.$/)
  })

  test('SIGTERM lets a request that is on its way end', async () => {
    const [, , server] = servers
    const auth = `${OPERATOR.username}:${OPERATOR.password}`
    const body = JSON.stringify(lockInfo('L1'))
    const headers = { 'content-length': body.length, expect: '100-continue' }
    const slow = request(`${server.url}/redis-3/lock`, { method: 'LOCK', auth, headers, agent: false })
    slow.flushHeaders()
    // The server has the request once it asks for the body.
    await once(slow, 'continue')
    const exit = once(server.process, 'exit')
    server.process.kill('SIGTERM')
    slow.end(body)
    const [answer] = await once(slow, 'response')
    expect(answer.statusCode).toBe(200)
    answer.resume()
    expect(await exit).toEqual([0, null])
  })
})
