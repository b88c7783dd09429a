import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { instancePath } from '../../support/broker.ts'
import { created, deleted, moved, reset, updated, upgraded } from './tuning/life.ts'
import { apiOfFile, broker, chosen, id } from './tuning/site.ts'

test('what is chosen at the creation is what a client finds', async () => {
  const found = await created()
  // Of the plan's parameters that are for all: no more than ten entries.
  expect(found.seen).toEqual({ policy: 'noeviction', slow: 10 })
  expect(found.events).toEqual([])
  expect(found.group).toMatchObject({
    cacheParameterGroupName: `cf-${id}-redis6-x`,
    preferredMaintenanceWindow: 'sun:05:00-sun:06:00',
  })
  expect(found.parameters).toEqual({ engineVersion: '6.2', ...chosen })
})

test('the same creation again is the same, one with other parameters is not', async () => {
  const { same, other } = await created()
  expect(same.status).toBe(200)
  expect(other.status).toBe(409)
})

test('an update changes a Redis while it runs, what it leaves out stays, and the same again is nothing to do', async () => {
  const found = await updated()
  expect(found.kept).toBe('data')
  expect(found.events).toEqual(expect.arrayContaining(['__keyevent@0__:set', '__keyspace@0__:noticed']))
  expect(found.seen).toMatchObject({ policy: 'noeviction' })
  expect(found.same.status).toBe(200)
})

test('it survives a restart of the machine, and an upgrade to another family of parameters', async () => {
  const found = await upgraded()
  expect(found.restarted).toEqual({ policy: 'noeviction', slow: 10 })
  expect(found.group).toMatchObject({ cacheParameterGroupName: `cf-${id}-redis7` })
  expect(found.seen).toEqual({ policy: 'noeviction', slow: 10 })
  expect(found.kept).toBe('data')
  expect(found.groups).toEqual([`cf-${id}-redis7`])
})

test('null is the value of the plan, and of AWS where the plan has none', async () => {
  const { engineVersion, ...found } = await reset()
  expect(found.seen).toEqual({ policy: 'volatile-lru', slow: 0 })
  expect(found.events).toEqual([])
  expect(found.group).toMatchObject({ preferredMaintenanceWindow: 'mon:07:00-mon:08:00' })
  expect(found.parameters).toEqual({ engineVersion })
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
  const api = await apiOfFile()
  const instance = randomUUID()
  await api.created(instance, { parameters: chosen })
  const before = (await api.request('GET', instancePath(instance))).body
  const { status, body } = await api.update(instance, { parameters: given })
  expect([status, body.description]).toEqual([400, expect.stringContaining(told)])
  expect(before.parameters).toMatchObject(chosen)
  expect((await api.request('GET', instancePath(instance))).body).toEqual(before)
  expect((await api.provision(randomUUID(), { parameters: given })).status).toBe(400)
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
  expect(await moved()).toMatchObject({ policy: 'allkeys-lru' })
})

test('a parameter group goes with its instance', async () => {
  const { before, ended, after } = await deleted()
  expect(before).toHaveLength(1)
  expect(ended).toMatchObject({ state: 'succeeded' })
  expect(after).toEqual([])
})
