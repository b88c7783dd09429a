import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { execa } from 'execa'
import { Client } from 'pg'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest'
import { startBroker } from '../../broker/broker.ts'
import { lockDirectory } from '../../broker/data-directory/lock.ts'
import { DriftWebhook } from '../../broker/drift/webhook.ts'
import { createLog } from '../../broker/logging/log.ts'
import { readSettings } from '../../broker/settings/read.ts'
import { Closers } from '../../broker/start/closers.ts'
import { pgStates } from '../../broker/states/pg.ts'
import { s3States } from '../../broker/states/s3.ts'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { freePort } from '../support/free-port.ts'
import { nodeFlags } from '../support/node.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { someoneWaits } from '../support/someone-waits.ts'
import { until } from '../support/until.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function run(program: string, environment: Record<string, string>) {
  const file = join(import.meta.dirname, '../..', program)
  return execa(process.execPath, [...nodeFlags, file], {
    env: { PATH: process.env.PATH ?? '', DATA_DIR: directory, PORT: '0', ...environment },
    extendEnv: false,
    reject: false,
  })
}

/** The message of a program that can't start. */
async function refusal(program: string, environment: Record<string, string>): Promise<string> {
  const ended = await run(program, environment)
  expect(ended.exitCode).toBe(1)
  expect(ended.stderr).not.toContain('geheim')
  return ended.stderr
}

const backendAlone = { STATE_KEYS: KeyRing.newEntry('k'), OPERATOR_PASSWORD: 'of the operators only' }

const backend = (environment: Record<string, string>) =>
  refusal('state-backend/main.ts', { ...backendAlone, ...environment })

describe('a database that is away is told with the name of its setting, and without its password', () => {
  const saying = (setting: string, host: string) =>
    expect.stringMatching(
      new RegExp(`The .* at ${host} of ${setting} can't be used \\(connect ECONNREFUSED.*correct ${setting}`),
    )

  test('DATABASE_URL of the broker and of the state backend by itself', async () => {
    const host = `127.0.0.1:${await freePort()}`
    const DATABASE_URL = `postgresql://broker:geheim@${host}/broker`
    expect(await refusal('broker/main.ts', { DATABASE_URL })).toEqual(saying('DATABASE_URL', host))
    expect(await backend({ DATABASE_URL, PORT: String(await freePort()) })).toEqual(
      saying('DATABASE_URL', host),
    )
  })

  test('STATE_PG_URL, whatever is asked of it', async () => {
    const host = `127.0.0.1:${await freePort()}`
    const url = `postgresql://broker:geheim@${host}/states`
    const states = pgStates({ url, schemaPrefix: 'redis_', log: createLog('silent') })
    const message = saying('STATE_PG_URL', host)
    await expect(states.read('any')).rejects.toEqual(expect.objectContaining({ message }))
    await expect(states.stacks()).rejects.toEqual(expect.objectContaining({ message }))
    await states.close()
  })

  test('STATE_S3_ENDPOINT', async () => {
    const host = `127.0.0.1:${await freePort()}`
    process.env.AWS_ACCESS_KEY_ID ??= 'id'
    process.env.AWS_SECRET_ACCESS_KEY ??= 'secret'
    const states = s3States({
      bucket: 'states',
      region: 'us-east-1',
      prefix: '',
      kmsKey: undefined,
      endpoint: `http://${host}`,
      pathStyle: true,
      log: createLog('silent'),
    })
    const message = saying('STATE_S3_ENDPOINT', host)
    await expect(states.read('any')).rejects.toEqual(expect.objectContaining({ message }))
    await states.close()
  })
})

describe('a port that is taken', () => {
  let other: Server
  let PORT: string
  beforeEach(async () => {
    PORT = String(await freePort())
    other = createServer().listen(Number(PORT), '127.0.0.1')
    await once(other, 'listening')
  })
  afterEach(() => other.close())

  test('is told before the broker touches anything', async () => {
    expect(await refusal('broker/main.ts', { PORT })).toContain(
      `Port ${PORT} is taken. Set PORT to a free one.`,
    )
    expect(readdirSync(directory)).toEqual([])
  })

  test('is told before the state backend by itself asks for its database', async () => {
    const DATABASE_URL = `postgresql://broker@127.0.0.1:${await freePort()}/broker`
    expect(await backend({ PORT, DATABASE_URL })).toContain(`Port ${PORT} is taken. Set PORT to a free one.`)
  })
})

test('an address that is not of this machine is told with the name of its setting', async () => {
  const passwords = { BROKER_PASSWORD: 'of the platform only', OPERATOR_PASSWORD: 'of the operators only' }
  expect(await refusal('broker/main.ts', { HOST: '192.0.2.1', ...passwords })).toContain(
    'HOST 192.0.2.1 is no address of this machine.',
  )
})

describe('on a PostgreSQL that does not answer yet', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('while it starts, it answers with 503, and then as a whole', async () => {
    const PORT = String(await freePort())
    const url = `http://127.0.0.1:${PORT}`
    const settings = { DATABASE_URL: postgres.url, DATA_DIR: directory, PORT, LOCAL_AWS_PORT: '0' }
    postgres.freeze()
    const started = startBroker(readSettings(settings), createLog('silent'))
    const paths = ['/health', '/v2/catalog', '/state/one', '/operator/instances']
    const statuses = () => Promise.all(paths.map(async (path) => (await fetch(url + path)).status))
    await vi.waitFor(async () => expect(await statuses()).toEqual([503, 503, 503, 503]))
    postgres.thaw()
    const broker = await started
    expect(await statuses()).toEqual([200, 401, 401, 401])

    // Somebody who connects and asks for nothing does not hold it.
    const silent = connect(Number(PORT), '127.0.0.1')
    await once(silent, 'connect')
    await broker.stop(0)
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    const others = `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`
    await vi.waitFor(async () => expect((await client.query(others)).rows).toEqual([]))
    await client.end()
  }, 60_000)

  test.each([
    { name: 'the broker', program: 'broker/main.ts', lock: 7_346_001 },
    { name: 'the state backend by itself', program: 'state-backend/main.ts', lock: 7_283_640_516 },
  ])(
    '$name that is told to stop does not wait for its start',
    async ({ program, lock }) => {
      const other = new Client({ connectionString: postgres.url })
      await other.connect()
      onTestFinished(() => other.end())
      // Another process brings the tables up to date.
      await other.query(`select pg_advisory_lock(${lock})`)
      const PORT = String(await freePort())
      const starting = run(program, { DATABASE_URL: postgres.url, PORT, ...backendAlone })
      await someoneWaits(drizzle(other))
      starting.kill('SIGTERM')
      expect(await starting).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('stopped before it was ready'),
      })
    },
    60_000,
  )
})

test('a start that fails leaves nothing open: the next one in the process succeeds, also without its states; nor does a stop that fails', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const STATE_PG_URL = `postgresql://broker@127.0.0.1:${await freePort()}/states`
  const settings = { DATA_DIR: directory, PORT: String(await freePort()), STATE_BACKEND: 'pg', STATE_PG_URL }
  const startWith = (more: Record<string, string>) =>
    startBroker(readSettings({ ...settings, ...more }), createLog('silent'))
  await expect(startWith({ LOCAL_AWS_PORT: String(port) })).rejects.toThrow('LOCAL_AWS_PORT')

  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  // The last one to start is drift.
  const drift = join(directory, 'drift')
  writeFileSync(drift, 'no directory')
  await expect(startWith({ LOCAL_AWS_PORT: '0' })).rejects.toThrow(drift)
  await until(() => timers() <= before)
  rmSync(drift)

  vi.spyOn(DriftWebhook.prototype, 'stop').mockRejectedValueOnce(new Error('not in order'))
  onTestFinished(() => void vi.restoreAllMocks())
  const broker = await startWith({ LOCAL_AWS_PORT: '0' })
  await expect(broker.stop(0)).rejects.toThrow('not in order')
  await expect(fetch(`${broker.url}/health`)).rejects.toThrow()
  await expect(fetch(broker.awsEndpoint ?? '')).rejects.toThrow('fetch failed')
  // The database is closed, too.
  lockDirectory(directory)()
}, 60_000)

test('what was opened last is closed first, and all of it, also when something can not be', async () => {
  const closers = new Closers()
  const closed: string[] = []
  for (const name of ['first', 'broken', 'last']) {
    closers.add(async () => {
      closed.push(name)
      if (name === 'broken') throw new Error('it can not be closed')
    })
  }
  await expect(closers.close()).rejects.toThrow('it can not be closed')
  expect(closed).toEqual(['last', 'broken', 'first'])
})
