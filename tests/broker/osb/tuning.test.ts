import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { instancePath } from '../../support/broker.ts'
import { withRedis } from '../../support/redis.ts'
import { Api } from './api.ts'
import { broker, chosen, events, group, id, login, parameters, seen, tuned } from './tuning/site.ts'

/** The API with the plans of the broker, without what it would deploy. */
async function apiOfFile(): Promise<Api> {
  const PLANS_FILE = join(broker().dataDirectory, 'plans.json')
  const api = await Api.open({ catalog: loadCatalog(readSettings({ PLANS_FILE })) })
  onTestFinished(() => api.close())
  return api
}

test('what is chosen at the creation is what a client finds', async () => {
  // Of the plan's parameters that are for all: no more than ten entries.
  expect(await seen(id)).toEqual({ policy: 'noeviction', slow: 10 })
  expect(await events(id)).toEqual([])
  expect(await group(id)).toMatchObject({
    cacheParameterGroupName: `cf-${id}-redis6-x`,
    preferredMaintenanceWindow: 'sun:05:00-sun:06:00',
  })
  expect(await parameters(id)).toEqual({ engineVersion: '6.2', ...chosen })
})

test('the same creation again is the same, one with other parameters is not', async () => {
  const same = Object.fromEntries(Object.entries(chosen).toReversed())
  expect((await broker().provision(id, 'redis-dev', { parameters: same })).status).toBe(200)
  const other = { ...same, slowlogLogSlowerThan: 1 }
  expect((await broker().provision(id, 'redis-dev', { parameters: other })).status).toBe(409)
})

test('an update changes a Redis while it runs, what it leaves out stays, and the same again is nothing to do', async () => {
  await withRedis(await login(id), async (redis) => {
    await redis.set('kept', 'data')
    await tuned(id, { notifyKeyspaceEvents: 'KEA', timeout: 20 })
    expect(await redis.get('kept')).toBe('data')
    const ended = new Promise((resolve) => redis.once('error', resolve))
    await ended // an idle connection
  })
  expect(await events(id)).toEqual(expect.arrayContaining(['__keyevent@0__:set', '__keyspace@0__:noticed']))
  expect(await seen(id)).toMatchObject({ policy: 'noeviction' })
  const same = { timeout: 20, notifyKeyspaceEvents: 'KEA' }
  expect((await broker().update(id, { parameters: same })).status).toBe(200)
})

test('it survives a restart of the machine, and an upgrade to another family of parameters', async () => {
  await withRedis(await login(id), (redis) => redis.set('kept', 'data'))
  await broker().aws((aws) => aws.stop())
  await broker().aws((aws) => aws.start())
  expect(await seen(id)).toEqual({ policy: 'noeviction', slow: 10 })
  await tuned(id, { engineVersion: '7.0' })
  expect(await group(id)).toMatchObject({ cacheParameterGroupName: `cf-${id}-redis7` })
  expect(await seen(id)).toEqual({ policy: 'noeviction', slow: 10 })
  expect(await withRedis(await login(id), (redis) => redis.get('kept'))).toBe('data')
  const names = await broker().aws((aws) => aws.listParameterGroups())
  expect(names).toEqual([`cf-${id}-redis7`])
})

test('null is the value of the plan, and of AWS where the plan has none', async () => {
  const { engineVersion } = await parameters(id)
  await tuned(id, {
    maxmemoryPolicy: null,
    slowlogLogSlowerThan: null,
    notifyKeyspaceEvents: null,
    timeout: null,
    maintenanceWindow: null,
  })
  expect(await seen(id)).toEqual({ policy: 'volatile-lru', slow: 0 })
  expect(await events(id)).toEqual([])
  expect(await group(id)).toMatchObject({ preferredMaintenanceWindow: 'mon:07:00-mon:08:00' })
  expect(await parameters(id)).toEqual({ engineVersion })
})

test.each<[object, string]>([
  [{ maxmemoryPolicy: 'lru' }, 'maxmemoryPolicy must be one of volatile-lru, allkeys-lru'],
  [{ maxmemoryPolicy: 1 }, 'maxmemoryPolicy must be one of'],
  [{ notifyKeyspaceEvents: 'Q' }, 'notifyKeyspaceEvents is made of the letters'],
  [{ notifyKeyspaceEvents: 'gx' }, 'notifyKeyspaceEvents needs K or E'],
  [{ timeout: 5 }, 'timeout must be 0, for never, or at least 20'],
  [{ timeout: '60' }, 'timeout must be a whole number from 0 to 2147483647, without quotes.'],
  [{ slowlogLogSlowerThan: -2 }, 'slowlogLogSlowerThan must be a whole number from -1'],
  [{ maintenanceWindow: 'sunday' }, 'maintenanceWindow must be an hour at least'],
  [{ maintenanceWindow: 'mon:06:30-mon:07:30' }, 'must not overlap the daily snapshot at 06:00-07:00 UTC'],
  [{ maxMemoryPolicy: 'noeviction' }, 'Unknown parameter maxMemoryPolicy. The known ones are engineVersion'],
])('%j is refused, and nothing is changed', async (given, told) => {
  const before = await parameters(id)
  const { status, body } = await broker().update(id, { parameters: given })
  expect([status, body.description]).toEqual([400, expect.stringContaining(told)])
  expect(await parameters(id)).toEqual(before)
  expect((await broker().provision(randomUUID(), 'redis-dev', { parameters: given })).status).toBe(400)
})

test("what a plan does not allow is refused with the plan's reason, at the creation and later", async () => {
  const forbidden: [object, string][] = [
    [
      { notifyKeyspaceEvents: 'KEA' },
      'The plan redis-shaped does not take notifyKeyspaceEvents: Events would slow',
    ],
    [{ maintenanceWindow: 'sun:05:00-sun:06:00' }, 'does not take maintenanceWindow: Its windows are agreed'],
    [{ timeout: 30 }, 'timeout must be a whole number from 60 to 3600 on the plan redis-shaped'],
    [{ timeout: 30 }, 'Half-open connections have to go.'],
    [{ maxmemoryPolicy: 'noeviction' }, 'must be one of allkeys-lru, allkeys-lfu on the plan redis-shaped'],
  ]
  const api = await apiOfFile()
  for (const [given, told] of forbidden) {
    const { status, body } = await api.provision('shaped', { plan_id: 'shaped', parameters: given })
    expect([status, body.description]).toEqual([400, expect.stringContaining(told)])
  }
  expect((await api.request('GET', `${instancePath('shaped')}/last_operation`)).status).toBe(404)
  await api.created('shaped', { plan_id: 'shaped', parameters: { timeout: 60 } })
  for (const [given, told] of forbidden) {
    const { status, body } = await api.update('shaped', { parameters: given })
    expect([status, body.description]).toEqual([400, expect.stringContaining(told)])
  }
  const { body } = await api.request('GET', instancePath('shaped'))
  expect(body.parameters).toMatchObject({ engineVersion: '6.2', timeout: 60 })
})

test('the catalog says what each plan takes', async () => {
  const { body } = await broker().request('GET', '/v2/catalog')
  const [dev, shaped] = body.services[0].plans.map(
    // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects in it
    (plan: any) => plan.schemas.service_instance.update.parameters.properties,
  )
  expect(JSON.stringify(dev.timeout)).toContain('"minimum":0')
  expect(JSON.stringify(shaped.timeout)).toContain('"minimum":60')
  expect(shaped.notifyKeyspaceEvents).toEqual({
    description: expect.stringContaining('Events would slow this small plan down.'),
  })
})

test('what was chosen has to fit the plan that an instance moves to', async () => {
  const api = await apiOfFile()
  await api.created('one', { parameters: { timeout: 20 } })
  const refused = await api.update('one', { plan_id: 'shaped' })
  expect([refused.status, refused.body.description]).toEqual([
    400,
    expect.stringContaining('from 60 to 3600'),
  ])
  await tuned(id, { timeout: 90 }, { plan_id: 'shaped' })
  expect(await seen(id)).toMatchObject({ policy: 'allkeys-lru' })
})

test('a parameter group goes with its instance', async () => {
  expect(await broker().aws((aws) => aws.listParameterGroups())).toHaveLength(1)
  await broker().deprovision(id)
  expect(await broker().ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await broker().aws((aws) => aws.listParameterGroups())).toEqual([])
})
