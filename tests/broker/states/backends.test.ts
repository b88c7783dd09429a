import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { filesWith } from '../../support/files-with.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { type S3, startS3 } from '../../support/s3.ts'
import { statesCommand } from './command.ts'
import { stateInPg } from './in-pg.ts'

/** In the connection string of the database for states. */
const databasePassword = 'password-of-the-states'

let postgres: Postgres
let s3: S3
let broker: TestBroker
let settings: Record<string, string>
beforeAll(async () => {
  postgres = await startPostgres()
  s3 = await startS3()
  const url = Object.assign(new URL(postgres.url), { password: databasePassword, search: '?sslmode=disable' })
  settings = {
    DRIFT_SCHEDULE: 'off',
    STATE_PG_URL: url.href,
    STATE_S3_BUCKET: s3.bucket,
    STATE_S3_ENDPOINT: s3.endpoint,
    STATE_S3_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  }
  broker = await TestBroker.start(settings)
  settings.DATA_DIR = broker.dataDirectory
})
afterAll(async () => {
  await broker?.remove()
  await postgres?.stop()
  await s3?.close()
})

/** One that was there before a move: a new one where the last one has been deleted. */
let existing: string | undefined
async function oldInstance(): Promise<string> {
  if (existing) return existing
  const id = randomUUID()
  await broker.created(id)
  existing = id
  return id
}

// biome-ignore lint/suspicious/noExplicitAny: what the broker answers is what is tested
const credentialsOf = async (id: string): Promise<any> =>
  (await broker.bind(id, randomUUID())).body.credentials

/** Of all brokers before this one. */
let logged = ''

let current = 'http'

/** Moves the states and starts the broker again, as an operator would, unless they are there. */
async function moveTo(kind: string): Promise<void> {
  if (current === kind) return
  current = kind
  await broker.stop()
  logged += broker.output
  expect(await statesCommand(settings, 'move', '--to', kind)).toMatchObject({ code: 0 })
  broker = await TestBroker.start({ ...settings, STATE_BACKEND: kind })
}

async function driftOf(id: string): Promise<string> {
  const { body } = await broker.request('POST', '/operator/drift', {
    body: { instances: [id] },
    login: 'operator:operator',
  })
  const events = body
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  return events.find(({ type }: { type: string }) => type === 'checked')?.state
}

test('an instance goes on when its state moves to PostgreSQL', async () => {
  const old = await oldInstance()
  // From where they are not yet.
  if (current === 'pg') await moveTo('s3')
  const before = await credentialsOf(old)
  await broker.stop()
  await expect(TestBroker.start({ ...settings, STATE_BACKEND: 'pg' })).rejects.toThrow(
    'Run "npx redis-broker states move --to pg" first.',
  )
  await moveTo('pg')
  expect((await broker.update(old, { parameters: { engineVersion: '7.0' } })).status).toBe(202)
  expect(await broker.ended(old)).toMatchObject({ state: 'succeeded' })
  const after = await credentialsOf(old)
  expect(after).toMatchObject({ password: before.password })
  expect(after.current_redis_engine_version).toMatch(/^7\.0/)
  expect(JSON.parse((await stateInPg(postgres, old)) ?? '').serial).toBeGreaterThan(1)
})

test('an instance lives and dies with its state in PostgreSQL', async () => {
  await moveTo('pg')
  const id = randomUUID()
  await broker.created(id)
  const credentials = await credentialsOf(id)
  expect(await withRedis(loginOf(credentials), (client) => client.ping())).toBe('PONG')
  expect(await stateInPg(postgres, id)).toContain(credentials.password)
  await broker.deprovision(id)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await stateInPg(postgres, id)).toBeUndefined()
})

test('an instance goes on, and is deleted, when its state moves to S3', async () => {
  if (current === 's3') await moveTo('pg')
  const old = await oldInstance()
  await moveTo('s3')
  const key = `redis/${old}.tfstate`
  const { password } = await credentialsOf(old)
  expect(s3.objects.get(key)?.body).toContain(password)
  expect(await driftOf(old)).toBe('clean')

  expect(await filesWith([broker.dataDirectory], password)).toEqual([])
  expect(await filesWith([broker.dataDirectory], databasePassword)).toEqual([])
  expect(logged + broker.output).not.toContain(password)
  expect(logged + broker.output).not.toContain(databasePassword)

  existing = undefined
  await broker.deprovision(old)
  expect(await broker.ended(old)).toMatchObject({ state: 'succeeded' })
  expect([...s3.objects.keys()]).toEqual([])
})
