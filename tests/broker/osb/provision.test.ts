import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { maintenanceVersion } from '../../../broker/catalog/catalog.ts'
import { type Answer, instanceBody, instancePath, plans, TestBroker } from '../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start()
})
afterAll(() => broker?.remove())

describe('a wrong request makes nothing', () => {
  const id = randomUUID()
  const put = (body: object, query = '?accepts_incomplete=true') =>
    broker.request('PUT', instancePath(id) + query, { body })
  const without = (name: string) =>
    Object.fromEntries(Object.entries(instanceBody()).filter(([key]) => key !== name))

  afterEach(async () => {
    expectRefusal(await broker.request('GET', `${instancePath(id)}/last_operation`), 404)
    expectRefusal(await broker.deprovision(id), 410)
  })

  test.each(['service_id', 'plan_id', 'organization_guid', 'space_guid'])(
    'without %s, or with something else than a non-empty text in it: 400 that names it',
    async (name) => {
      for (const value of [undefined, null, '', 7, {}, ['x'], 'i'.repeat(256), 'a\0b']) {
        const answer = await put({ ...without(name), [name]: value })
        expectRefusal(answer, 400)
        expect(answer.body.description).toContain(name)
      }
    },
  )

  test.each(['service_id', 'plan_id'])('with a %s that is not in the catalog: 400', async (name) => {
    expectRefusal(await put({ ...instanceBody(), [name]: randomUUID() }), 400)
  })

  test.each(['context', 'maintenance_info', 'parameters'])(
    'with something else than an object as %s: 400',
    async (name) => {
      for (const value of ['text', 7, true, []]) {
        expectRefusal(await put({ ...instanceBody(), [name]: value }), 400)
      }
    },
  )

  test.each([
    ['a number', { engineVersion: 6.2 }, /double quotes/],
    ['a patch level', { engineVersion: '6.2.1' }, /"6\.2\.1" is not offered/],
    ['no version', { engineVersion: null }, /double quotes/],
    ['two spellings', { engineVersion: '6.2', engine_version: '6.2' }, /only one/],
    ['an unknown name', { engineversion: '6.2' }, /Unknown parameter engineversion.*engineVersion/],
    [
      'several unknown names',
      { nodes: 3, engineVersion: '6.2', size: 1 },
      /Unknown parameters nodes, size\. The known ones are engineVersion/,
    ],
    ['a name that every object has', { constructor: 1 }, /Unknown parameter constructor/],
  ])('with parameters that have %s: 400 that says what is right', async (_, parameters, description) => {
    const answer = await put({ ...instanceBody(), parameters })
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(description)
  })

  test.each(['', '?accepts_incomplete=false', '?accepts_incomplete=TRUE', '?accepts_incomplete'])(
    'without accepts_incomplete=true (%s): 422 AsyncRequired',
    async (query) => {
      expectRefusal(await put(instanceBody(), query), 422, 'AsyncRequired')
    },
  )

  test('with the maintenance_info of another catalog: 422 MaintenanceInfoConflict', async () => {
    const body = { ...instanceBody(), maintenance_info: { version: '0.0.1' } }
    expectRefusal(await put(body), 422, 'MaintenanceInfoConflict')
  })
})

describe('an instance is asked for:', () => {
  const id = randomUUID()
  // The description of maintenance_info is Cloud Controller's habit and counts for nothing.
  const more = { maintenance_info: { version: maintenanceVersion, description: 'any' } }
  const others: [string, Record<string, unknown>][] = [
    ['plan', { plan_id: plans['redis-3node'] }],
    ['organization', { organization_guid: randomUUID() }],
    ['space', { space_guid: randomUUID() }],
    ['parameter', { parameters: { engineVersion: '7.0' } }],
  ]
  let answers: Answer[]
  let operation: string
  /** What is answered while the creation is in progress. */
  let repeated: Answer[]
  let fetched: Answer
  let changed: Answer
  let bound: Answer
  const refused = new Map<string, Answer>()
  beforeAll(async () => {
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 3_600_000 }))
    answers = await Promise.all(Array.from({ length: 8 }, () => broker.provision(id, 'redis-dev', more)))
    operation = answers[0]?.body.operation
    const spelledOut = { parameters: { engine_version: '6.2' } }
    repeated = await Promise.all(
      [more, {}, { parameters: {} }, spelledOut].map((same) => broker.provision(id, 'redis-dev', same)),
    )
    for (const [what, other] of others) refused.set(what, await broker.provision(id, 'redis-dev', other))
    fetched = await broker.request('GET', instancePath(id))
    changed = await broker.update(id, { plan_id: plans['redis-3node'] })
    bound = await broker.bind(id, 'early')
    await untilGroupIs(broker, id, 'creating')
    await finishWaits(broker)
    await succeeds(broker, id)
  })

  test('simultaneous identical requests are one instance and one operation', () => {
    expect(operation).toMatch(/^.{1,10000}$/)
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: { operation } })
  })

  test('an identical PUT in progress: 202 with the same operation', () => {
    expect(repeated).toHaveLength(4)
    for (const { status, body } of repeated)
      expect({ status, body }).toEqual({ status: 202, body: { operation } })
  })

  test.each(others)('a PUT with another %s in progress: 409', (what) => {
    expectRefusal(refused.get(what) as Answer, 409)
  })

  test('is not there for a GET yet: 404', () => {
    expectRefusal(fetched, 404)
    expect(fetched.body.description).toBe('This instance is still being created.')
  })

  test('can neither be changed nor bound yet: 422 ConcurrencyError', () => {
    expectRefusal(changed, 422, 'ConcurrencyError')
    expectRefusal(bound, 422, 'ConcurrencyError')
  })

  describe('once it is created', () => {
    test('it can be fetched as soon as the creation has succeeded, with what it was asked to be', async () => {
      const { status, body } = await broker.request('GET', `${instancePath(id)}?service_id=x&plan_id=y`)
      expect(status).toBe(200)
      expect(body).toEqual({
        service_id: instanceBody().service_id,
        plan_id: plans['redis-dev'],
        parameters: {
          engineVersion: '6.2',
          status: {
            plan: 'redis-dev',
            running: 'Redis 6.2 (6.2.6)',
            snapshotWindow: '06:00-07:00 UTC',
            maintenanceWindow: 'mon:07:00-mon:08:00 UTC',
            supportWarning: expect.stringContaining('2027-01-31'),
          },
          snapshots: [],
        },
        maintenance_info: { version: maintenanceVersion },
      })
    })

    test('an identical PUT when it is done: 200', async () => {
      for (const same of [more, {}, { parameters: { engineVersion: '6.2' } }]) {
        const { status, body } = await broker.provision(id, 'redis-dev', same)
        expect({ status, body }).toEqual({ status: 200, body: {} })
      }
      const { status } = await broker.request('PUT', instancePath(id), { body: instanceBody() })
      expect(status).toBe(200)
    })

    test.each(others)('a PUT with another %s when it is done: 409', async (_, other) => {
      expectRefusal(await broker.provision(id, 'redis-dev', other), 409)
    })
  })
})

describe('an instance whose creation fails', () => {
  const id = randomUUID()

  let ended: Answer['body']
  /** What is answered before it is deleted. */
  let fetched: Answer
  let again: Answer
  let changed: Answer
  let bound: Answer
  beforeAll(async () => {
    const fault = 'NodeQuotaForCustomerExceeded'
    await broker.aws((aws) =>
      aws.setBehaviour({ faults: [{ call: 'createReplicationGroup', fault, times: 1 }] }),
    )
    await broker.provision(id)
    ended = await broker.ended(id)
    fetched = await broker.request('GET', instancePath(id))
    again = await broker.provision(id)
    changed = await broker.update(id, { plan_id: plans['redis-3node'] })
    bound = await broker.bind(id, 'never')
  })

  test('ends as failed, with the cause and what to do, and without flags', () => {
    expect(ended).toEqual({
      state: 'failed',
      description: expect.stringMatching(/no more Redis nodes.*operators/),
    })
  })

  test('is not there for a GET: 404, which does not say that it is still being created', () => {
    expectRefusal(fetched, 404)
    expect(fetched.body.description).toBe('The creation of this instance failed. It can only be deleted.')
  })

  test('cannot be had by the same PUT, which says what to do: 409', () => {
    expectRefusal(again, 409)
    expect(again.body.description).toMatch(/deleted/)
  })

  test('can neither be changed nor bound', () => {
    expectRefusal(changed, 422)
    expectRefusal(bound, 404)
  })

  test('can be deleted, and created after that', async () => {
    expect((await broker.deprovision(id)).status).toBe(202)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expectRefusal(await broker.deprovision(id), 410)
    expect((await broker.provision(id)).status).toBe(202)
    await succeeds(broker, id)
  })
})
