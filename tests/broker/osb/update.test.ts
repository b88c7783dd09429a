import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { maintenanceVersion } from '../../../broker/catalog/catalog.ts'
import { instanceBody, instancePath, type PlanName, plans, TestBroker } from '../../support/broker.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
const id = randomUUID()
beforeAll(async () => {
  broker = await TestBroker.start()
  await broker.created(id)
  await broker.bind(id, 'key')
  await withRedis(await primary(), (client) => client.set('kept', 'through all updates'))
})
afterAll(() => broker?.remove())

const get = () => broker.request('GET', instancePath(id))
const credentials = async () =>
  (await broker.request('GET', `${instancePath(id)}/service_bindings/key`)).body.credentials
const group = async () =>
  (await broker.aws((aws) => aws.listReplicationGroups())).find(({ tags }) => tags['Instance GUID'] === id)

async function primary() {
  return loginOf(await credentials())
}

/** As Cloud Controller sends it: plan and parameters always, whether or not they change. */
function patch(
  change: { plan?: PlanName; parameters?: object; more?: object },
  query = '?accepts_incomplete=true',
) {
  const { plan = 'redis-dev', parameters = {}, more = {} } = change
  const { service_id, context, organization_guid, space_guid } = instanceBody()
  const previous_values = {
    plan_id: plans['redis-dev'],
    service_id,
    organization_id: organization_guid,
    space_id: space_guid,
    maintenance_info: null,
  }
  const body = { service_id, plan_id: plans[plan], parameters, context, previous_values, ...more }
  return broker.request('PATCH', instancePath(id) + query, { body })
}

describe('a wrong request changes nothing', () => {
  test.each<[string, object]>([
    ['no service_id', { service_id: undefined }],
    ['another service_id', { service_id: randomUUID() }],
    ['an unknown plan_id', { plan_id: randomUUID() }],
    ['an empty plan_id', { plan_id: '' }],
    ['a number as plan_id', { plan_id: 3 }],
    ['a list of parameters', { parameters: [] }],
    ['a list as previous_values', { previous_values: [] }],
    ['an unknown parameter', { parameters: { nodes: 3 } }],
    ['a version that is not offered', { parameters: { engineVersion: '7.1' } }],
    ['a version as a number', { parameters: { engineVersion: 7.0 } }],
  ])('with %s: 400', async (_, more) => {
    expectRefusal(await patch({ more }), 400)
  })

  test('a downgrade: 400 before anything is queued, and what to do instead', async () => {
    const answer = await patch({ parameters: { engineVersion: '6.0' } })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/Redis 6\.2 back to Redis 6\.0.*new instance/)
  })

  test('the maintenance_info of another catalog: 422 MaintenanceInfoConflict', async () => {
    const more = { maintenance_info: { version: '0.0.1' } }
    expectRefusal(await patch({ more }), 422, 'MaintenanceInfoConflict')
  })

  test.each(['', '?accepts_incomplete=false'])(
    'without accepts_incomplete (%s): 422 AsyncRequired',
    async (query) => {
      expectRefusal(await patch({ plan: 'redis-3node' }, query), 422, 'AsyncRequired')
    },
  )

  test('an instance that was never seen: 404', async () => {
    expectRefusal(await broker.update(randomUUID(), {}), 404)
  })

  test('after all of these the last operation is still the creation, and the instance as it was', async () => {
    const { body } = await broker.request('GET', `${instancePath(id)}/last_operation`)
    expect(body.description).toContain('is ready')
    expect((await get()).body).toMatchObject({
      plan_id: plans['redis-dev'],
      parameters: { engineVersion: '6.2' },
    })
  })
})

describe('a request that changes nothing', () => {
  test.each<[string, object]>([
    ['what is the same anyway', {}],
    ['the same version spelled out', { parameters: { engine_version: '6.2' } }],
    ['no plan and no parameters', { plan_id: undefined, parameters: undefined }],
    [
      'nulls',
      { plan_id: null, parameters: null, context: null, previous_values: null, maintenance_info: null },
    ],
    [
      'the maintenance_info of the catalog, with its description',
      {
        maintenance_info: { version: maintenanceVersion, description: 'any' },
      },
    ],
  ])('with %s: 200 {}', async (_, more) => {
    const { status, body } = await patch({ more })
    expect({ status, body }).toEqual({ status: 200, body: {} })
  })

  test('only another name, when the platform does not wait: 200', async () => {
    const context = { ...instanceBody().context, instance_name: 'renamed' }
    const { status, body } = await patch({ more: { context } }, '')
    expect({ status, body }).toEqual({ status: 200, body: {} })
    expect((await patch({ more: { context } })).status).toBe(200)
  })
})

test('only another name, when the platform waits: 200 too, and it is in the tags on AWS', async () => {
  const context = { ...instanceBody().context, instance_name: 'renamed-again' }
  const before = await group()
  expect(await patch({ more: { context } })).toMatchObject({ status: 200, body: {} })
  expect(await group()).toEqual({
    ...before,
    tags: { ...before?.tags, 'Instance name': 'renamed-again' },
  })
})

test('another name while AWS takes no tags: 200, and the next deploy brings it', async () => {
  const fault = 'InvalidReplicationGroupState'
  await broker.aws((aws) => aws.setBehaviour({ faults: [{ call: 'addTagsToResource', fault, times: 1 }] }))
  const context = { ...instanceBody().context, instance_name: 'renamed-late' }
  expect(await patch({ more: { context } })).toMatchObject({ status: 200, body: {} })
  expect(await group()).toMatchObject({ tags: { 'Instance name': 'renamed-again' } })
  // What a process prints may come later than what it answers.
  await vi.waitFor(() => expect(broker.output).toContain('new names are not in the tags on AWS'))
})

describe('an update in progress', () => {
  let operation: string

  test('simultaneous identical requests are one operation: 202 for each', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => patch({ plan: 'redis-3node' })))
    operation = answers[0]?.body.operation
    expect(operation).toMatch(/^.{1,10000}$/)
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: { operation } })
  })

  test('the same again: 202 with the same operation', async () => {
    expect((await patch({ plan: 'redis-3node' })).body).toEqual({ operation })
  })

  test.each<[string, Parameters<typeof patch>[0]]>([
    ['plan', { plan: 'redis-5node' }],
    ['version', { plan: 'redis-3node', parameters: { engineVersion: '7.0' } }],
    ['way back', {}],
  ])('another %s: 422 ConcurrencyError', async (_, change) => {
    expectRefusal(await patch(change), 422, 'ConcurrencyError')
  })

  test('a GET of the instance: 422 ConcurrencyError', async () => {
    expectRefusal(await get(), 422, 'ConcurrencyError')
  })

  test('a DELETE or the PUT of the creation: 422 ConcurrencyError', async () => {
    expectRefusal(await broker.deprovision(id), 422, 'ConcurrencyError')
    expectRefusal(await broker.provision(id), 422, 'ConcurrencyError')
  })

  test('bindings go on as usual', async () => {
    expect((await broker.bind(id, 'meanwhile')).status).toBe(201)
    expect(await credentials()).toMatchObject({ password: expect.any(String) })
  })

  test('what it was asked for is what a GET tells when it has succeeded', async () => {
    expect(await broker.ended(id)).toEqual({
      state: 'succeeded',
      description: expect.stringMatching(/^Redis 6\.2 is updated\./),
    })
    expect((await get()).body).toMatchObject({
      plan_id: plans['redis-3node'],
      parameters: { engineVersion: '6.2' },
    })
  })
})

describe('an update that fails', () => {
  const change = { plan: 'redis-5node', parameters: { engineVersion: '7.0' } } as const

  test('says why, that the instance is usable and that it can be tried again', async () => {
    const fault = 'NodeQuotaForCustomerExceeded'
    await broker.aws((aws) =>
      aws.setBehaviour({ faults: [{ call: 'increaseReplicaCount', fault, times: 1 }] }),
    )
    expect((await patch(change)).status).toBe(202)
    expect(await broker.ended(id)).toEqual({
      state: 'failed',
      description: expect.stringMatching(/no more Redis nodes.*operators/),
      instance_usable: true,
      update_repeatable: true,
    })
  })

  test('leaves plan and parameters as they were', async () => {
    expect((await get()).body).toMatchObject({
      plan_id: plans['redis-3node'],
      parameters: { engineVersion: '6.2' },
    })
  })

  test('leaves the instance usable indeed', async () => {
    expect(await withRedis(await primary(), (client) => client.get('kept'))).toBe('through all updates')
    expect((await broker.bind(id, 'after-failure', 'redis-3node')).status).toBe(201)
  })

  test('can be taken back: a request for what it was is an operation, for what is half done', async () => {
    expect((await patch({ plan: 'redis-3node' })).status).toBe(202)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expect((await patch({ plan: 'redis-3node' })).status).toBe(200)
  })

  test('can be repeated indeed: plan and version at once', async () => {
    expect((await patch(change)).status).toBe(202)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expect((await get()).body).toMatchObject({
      plan_id: plans['redis-5node'],
      parameters: { engineVersion: '7.0' },
    })
    // The provider does not foresee the full version, which is no reason for a failed attempt.
    expect(broker.output).not.toContain('another follows')
    expect(await credentials()).toMatchObject({ current_redis_engine_version: '7.0.7' })
  })
})

// The instance is on redis-5node with 7.0 here: the two others upwards, then all the way down.
describe.each<{ plan: PlanName; nodes: number; nodeType: string; maxmemory: number }>([
  { plan: 'redis-5node-large', nodes: 5, nodeType: 'cache.t3.small', maxmemory: 1103269724 },
  { plan: 'redis-3node-large', nodes: 3, nodeType: 'cache.t3.small', maxmemory: 1103269724 },
  { plan: 'redis-dev', nodes: 1, nodeType: 'cache.t3.micro', maxmemory: 402653184 },
])('to the plan $plan', ({ plan, nodes, nodeType, maxmemory }) => {
  test('the update succeeds', async () => {
    expect((await patch({ plan })).status).toBe(202)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  })

  test('the version stays as it is', async () => {
    expect((await get()).body).toMatchObject({ plan_id: plans[plan], parameters: { engineVersion: '7.0' } })
    expect(await credentials()).toMatchObject({
      current_redis_engine_version: expect.stringMatching(/^7\.0/),
    })
  })

  test('nodes, node type, failover and Multi-AZ are what the plan says', async () => {
    const found = await group()
    expect(found).toMatchObject({
      status: 'available',
      cacheNodeType: nodeType,
      automaticFailoverEnabled: nodes > 1,
      multiAZEnabled: nodes > 1,
      tags: { 'Service plan name': plan },
    })
    expect(found?.memberClusters).toHaveLength(nodes)
  })

  test('the data is there, within the memory of the plan, for the bindings of before', async () => {
    const login = await primary()
    expect(await withRedis(login, (client) => client.get('kept'))).toBe('through all updates')
    expect(await withRedis(login, (client) => client.info('memory'))).toContain(`maxmemory:${maxmemory}\r\n`)
    expect('reader_hostname' in (await credentials())).toBe(nodes > 1)
  })
})
