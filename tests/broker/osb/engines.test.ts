import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../../support/broker.ts'
import { groupOf } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
const id = randomUUID()

beforeAll(async () => {
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    ENGINE_VERSIONS: '6.2,7.0,valkey:7.2,valkey:8.0',
    DOCUMENTATION_URL: 'https://docs.example.com/redis',
  })
  await broker.created(id)
})
afterAll(() => broker?.remove())

const shown = async (instance = id) => (await broker.request('GET', instancePath(instance))).body.parameters
const credentials = async (instance = id) => (await broker.bind(instance, 'key')).body.credentials

test('the catalog offers the engines, and leads to the documentation of the platform', async () => {
  const [service] = (await broker.request('GET', '/v2/catalog')).body.services
  expect(service.metadata.documentationUrl).toBe('https://docs.example.com/redis')
  const { properties } = service.plans[0].schemas.service_instance.create.parameters
  expect(properties.engine.enum).toEqual(['redis', 'valkey'])
  expect(properties.engineVersion.enum).toEqual(['6.2', '7.0', '7.2', '8.0'])
})

test('the way out of a version whose support ends is told', async () => {
  expect((await shown()).status.supportWarning).toMatch(/2027-01-31: .*or to Valkey/)
})

test.each([
  ['a version of Valkey without its engine', { engineVersion: '8.0' }, /"engine": "valkey"/],
  [
    'an engine that has no such version',
    { engine: 'valkey', engineVersion: '7.0' },
    /not of the engine valkey/,
  ],
  ['an engine that is not offered', { engine: 'memcached' }, /engine must be "redis" or "valkey"/],
])('%s: refused, and nothing changes', async (_what, parameters, reason) => {
  const answer = await broker.update(id, { parameters })
  expectRefusal(answer, 400)
  expect(answer.body.description).toMatch(reason)
  expect(await shown()).toMatchObject({ engineVersion: '6.2' })
})

test('a Redis becomes Valkey with its data, its address and its password', async () => {
  const before = await credentials()
  await withRedis(loginOf(before), (redis) => redis.set('kept', 'yes'))
  await broker.update(id, { parameters: { engine: 'valkey', engineVersion: '8.0' } })
  await succeeds(broker, id)
  const after = await credentials()
  expect(after).toEqual({ ...before, current_redis_engine_version: '8.0.1' })
  expect(await withRedis(loginOf(after), (redis) => redis.get('kept'))).toBe('yes')
  expect(await groupOf(broker, id)).toMatchObject({ engine: 'valkey', engineVersion: '8.0.1' })
  expect(await shown()).toMatchObject({ engine: 'valkey', engineVersion: '8.0' })
  expect((await shown()).status).toMatchObject({ running: 'Valkey 8.0 (8.0.1)' })
})

test.each([[{ engine: 'redis' }], [{ engine: 'redis', engineVersion: '7.0' }], [{ engineVersion: '7.2' }]])(
  'Valkey does not become an older one or Redis: %j',
  async (parameters) => {
    expectRefusal(await broker.update(id, { parameters }), 400)
    expect(await groupOf(broker, id)).toMatchObject({ engine: 'valkey', engineVersion: '8.0.1' })
  },
)

test('a new Valkey has the newest version that is offered, unless one is asked for', async () => {
  const created = randomUUID()
  await broker.created(created, 'redis-dev', { parameters: { engine: 'valkey' } })
  expect(await shown(created)).toMatchObject({ engine: 'valkey', engineVersion: '8.0' })
  const { description } = await broker.ended(created)
  expect(description).toBe('Valkey 8.0 is ready.')
  await withRedis(loginOf(await credentials(created)), (redis) => redis.ping())
})

test('a snapshot of Valkey is not restored into Redis, and one of Redis is restored into Valkey', async () => {
  await broker.update(id, { parameters: { createSnapshot: 'of-valkey' } })
  await succeeds(broker, id)
  const restoring = { restoreFromSnapshot: 'of-valkey' }
  const answer = await broker.provision(randomUUID(), 'redis-dev', {
    parameters: { ...restoring, engineVersion: '7.0' },
  })
  expectRefusal(answer, 400)
  expect(answer.body.description).toContain("Valkey 8.0, which can't be restored into Redis 7.0")
  const copy = randomUUID()
  await broker.created(copy, 'redis-dev', { parameters: restoring })
  expect(await shown(copy)).toMatchObject({ engine: 'valkey', engineVersion: '8.0' })
  const key = await credentials(copy)
  expect(await withRedis(loginOf(key), (redis) => redis.get('kept'))).toBe('yes')
})
