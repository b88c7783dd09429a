import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { draft04Errors } from './draft-04.ts'

let broker: TestBroker
// biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it
let offering: any
beforeAll(async () => {
  broker = await TestBroker.start()
  const { body } = await broker.request('GET', '/v2/catalog')
  offering = body.services[0]
})
afterAll(() => broker?.remove())

// biome-ignore lint/suspicious/noExplicitAny: as above
const eachPlan = (check: (plan: any) => void) => {
  expect(offering.plans).toHaveLength(5)
  for (const plan of offering.plans) check(plan)
}

test('GET /v2/catalog answers 200 with the one service', async () => {
  const { status, body } = await broker.request('GET', '/v2/catalog')
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['services'])
  expect(body.services).toHaveLength(1)
})

test('a platform that has the catalog already gets 304, with its request identity', async () => {
  const first = await broker.request('GET', '/v2/catalog')
  const etag = first.headers.get('etag') as string
  const headers = { 'If-None-Match': etag, 'X-Broker-API-Request-Identity': 'identity-of-304' }
  const again = await broker.request('GET', '/v2/catalog', { headers })
  expect(again).toMatchObject({ status: 304, body: '' })
  expect(again.headers.get('x-broker-api-request-identity')).toBe('identity-of-304')
  const other = await broker.request('GET', '/v2/catalog', { headers: { 'If-None-Match': '"other"' } })
  expect(other.status).toBe(200)
})

test('the offering has the id and name that instances on the platform carry', () => {
  expect(offering).toMatchObject({
    id: 'cda65825-e357-4a93-a24b-9ab138d97815',
    name: 'aws-elasticache-redis',
    description: expect.stringMatching(/^.{1,255}$/),
    bindable: true,
  })
})

test('the plans have the ids and names that instances on the platform carry', () => {
  expect(offering.plans.map(({ id, name }: Record<string, string>) => [name, id])).toEqual([
    ['redis-dev', '475e36bf-387f-44c1-9b81-575fec2ee443'],
    ['redis-3node', '3nd336bf-387f-44c1-9b81-575fel966443'],
    ['redis-5node', '5nd336bf-0k7f-44c1-9b81-575fp3k764r6'],
    ['redis-3node-large', '3nd227bf-sm4c-44c1-0b81-575fel666443'],
    ['redis-5node-large', '5nd227bf-0k7f-44c1-90e1-575fp3k903r6'],
  ])
})

test('the offering says what the broker can do', () => {
  expect(offering).toMatchObject({
    plan_updateable: true,
    instances_retrievable: true,
    bindings_retrievable: true,
    allow_context_updates: true,
    tags: ['redis', 'Elasticache', 'AWS'],
    metadata: { shareable: true },
  })
  expect(offering).not.toHaveProperty('requires')
  expect(offering).not.toHaveProperty('dashboard_client')
})

test('every plan says what the broker can do with it', () => {
  eachPlan((plan) => {
    expect(plan).toMatchObject({
      description: expect.stringMatching(/^.{1,255}$/),
      free: false,
      bindable: true,
      binding_rotatable: true,
      plan_updateable: true,
      maintenance_info: {
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        description: expect.stringMatching(/./),
      },
    })
  })
})

test('platforms wait longer than the longest operation takes, and for longer than 60 seconds', () => {
  eachPlan(({ maximum_polling_duration }) => {
    expect(maximum_polling_duration).toBeGreaterThan(7200)
    expect(Number.isInteger(maximum_polling_duration)).toBe(true)
  })
})

test.each([
  ['redis-dev', 1, 'cache.t3.micro', '512 MB'],
  ['redis-3node', 3, 'cache.t3.micro', '512 MB'],
  ['redis-5node', 5, 'cache.t3.micro', '512 MB'],
  ['redis-3node-large', 3, 'cache.t3.small', '1.3 GB'],
  ['redis-5node-large', 5, 'cache.t3.small', '1.3 GB'],
])('%s says what it gives and what it costs', (name, nodes, nodeType, memory) => {
  const { metadata } = offering.plans.find((plan: { name: string }) => plan.name === name)
  expect(metadata).toMatchObject({
    nodes,
    nodeType,
    costs: [{ amount: { usd: 200 }, unit: 'MONTHLY PER 10 NODES OF AN ORGANIZATION, FIRST 10 INCLUDED' }],
  })
  expect(metadata.bullets).toContain(`${memory} memory limit`)
  const failsOver = metadata.bullets.some((bullet: string) => bullet.startsWith('Automatic failover'))
  expect(failsOver).toBe(nodes > 1)
})

test('names can be typed', () => {
  expect(offering.name).toMatch(/^[A-Za-z0-9.-]{1,255}$/)
  eachPlan(({ name }) => expect(name).toMatch(/^[A-Za-z0-9.-]{1,255}$/))
})

test('Cloud Controller can store it: maintenance_info of 2,000 characters, with its two keys only', () => {
  eachPlan(({ maintenance_info }) => {
    expect(JSON.stringify(maintenance_info).length).toBeLessThan(2000)
    expect(Object.keys(maintenance_info)).toEqual(['version', 'description'])
  })
  expect(offering.tags.join('').length).toBeLessThan(2048)
})

/** The parameters of a creation that an update can change. */
const kept = [
  'engineVersion',
  'engine_version',
  'engine',
  'maxmemoryPolicy',
  'notifyKeyspaceEvents',
  'timeout',
  'slowlogLogSlowerThan',
  'maintenanceWindow',
]

describe.each([
  ['service_instance', 'create', [...kept, 'restoreFromSnapshot', 'restoreFromLatestSnapshotOf', 'before']],
  [
    'service_instance',
    'update',
    [...kept, 'rotateCredentials', 'retireOldCredentials', 'force', 'createSnapshot', 'deleteSnapshot'],
  ],
  ['service_binding', 'create', []],
])('the schema of the parameters of %s %s', (thing, verb, names) => {
  const eachSchema = (check: (schema: Record<string, unknown>) => void) =>
    eachPlan(({ schemas }) => check(schemas[thing][verb].parameters))

  test('is draft-04 by its own word and its keywords', () => {
    eachSchema((schema) => {
      expect(schema.$schema).toBe('http://json-schema.org/draft-04/schema#')
      expect(draft04Errors(schema)).toEqual([])
    })
  })

  test('points nowhere else and fits into 64 kB', () => {
    eachSchema((schema) => {
      const json = JSON.stringify(schema)
      expect(json).not.toContain('$ref')
      expect(json.length).toBeLessThan(64_000)
    })
  })

  test('names the parameters, refuses others and needs none: Cloud Controller sends {}', () => {
    eachSchema((schema) => {
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(schema).not.toHaveProperty('required')
      expect(Object.keys(schema.properties as object)).toEqual(names)
    })
  })
})

test('the check of draft-04 knows what draft-04 refuses', () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema'],
    [{ required: [] }, 'required'],
    [{ const: 1 }, 'const'],
    [{ properties: { a: { type: 'text' } } }, 'properties'],
  ]
  for (const [schema, keyword] of wrong) expect(draft04Errors(schema)).toEqual([keyword])
})

test('schemas offer the versions that the broker takes', () => {
  eachPlan(({ schemas }) => {
    expect(schemas.service_instance.create.parameters.properties.engineVersion.enum).toEqual([
      '5.0.6',
      '6.0',
      '6.2',
      '7.0',
    ])
  })
})
