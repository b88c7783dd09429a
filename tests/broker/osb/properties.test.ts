import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { maintenanceVersion, serviceId } from '../../../broker/catalog/catalog.ts'
import { plans, TestBroker } from '../../support/broker.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'

// On PostgreSQL, so that the test can look at what the broker has saved. One operation at a time, and the
// first one takes long: what comes after it stays in progress.
let postgres: Postgres
let database: Client
let broker: TestBroker

const ready = 'ready'
const queued = 'queued'
const blocking = randomUUID()

beforeAll(async () => {
  postgres = await startPostgres()
  database = new Client({ connectionString: postgres.url })
  await database.connect()
  broker = await TestBroker.start({
    DATABASE_URL: postgres.url,
    OPERATIONS_AT_ONCE: '1',
    TRUSTED_PROXIES: '1',
  })
  await broker.created(ready)
  await broker.bind(ready, 'bound')
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 3_600_000 }))
  await broker.provision(blocking)
  await broker.provision(queued)
})
afterAll(async () => {
  // The blocking creation would be waited for.
  await broker?.kill()
  await broker?.remove()
  await database?.end()
  await postgres?.stop()
})

/** All that the broker has saved, but for how the running attempt gets on. */
async function saved(): Promise<string> {
  const { rows } = await database.query(`
    select md5(coalesce(string_agg(line, ' ' order by line), '')) as digest from (
      select (to_jsonb(i) - 'auth_tokens' - 'auth_tokens_generation')::text from broker.instances i
      union all select row(b.*)::text from broker.bindings b
      union all select row(id, instance_id, type, state, target)::text from broker.operations
    ) as all_rows (line)`)
  return rows[0].digest
}

interface Request {
  method: string
  path: string
  query: [string, string][]
  body?: unknown
}

/** Values that stand where others belong: of every JSON type, and texts that have broken programs before. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    'i'.repeat(300),
    'a\0b',
    '\ud800',
  ),
  fc.constantFrom(
    "'; drop table broker.instances; --",
    '../../etc',
    '$' + '{uuid()}',
    '__proto__',
    'constructor',
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

/** Mostly what is right, so that requests get past the first check; sometimes anything. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: right, weight: 12 }, { arbitrary: strange, weight: 1 })

const id = fc.constantFrom(ready, queued, 'unknown', 'a/b c%2F', 'Ü😀')
const anyId = fc.oneof(
  { arbitrary: id, weight: 10 },
  { arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), weight: 1 },
)
const text = fc.oneof(fc.constantFrom('org', 'space', 'acme'), fc.string({ minLength: 1, maxLength: 50 }))
const service = mostly(fc.constant(serviceId))
const plan = mostly(fc.constantFrom(...Object.values(plans)))
const version = mostly(fc.constantFrom('5.0.6', '6.0', '6.2', '7.0'))
const parameters = mostly(
  fc.oneof(
    fc.record({ engineVersion: version, engine_version: version }, { requiredKeys: [] }),
    fc.dictionary(fc.string(), strange, { maxKeys: 3 }),
  ),
)
const context = mostly(
  fc.record(
    {
      platform: mostly(fc.constant('cloudfoundry')),
      instance_name: mostly(text),
      space_name: mostly(text),
      x: strange,
    },
    { requiredKeys: [] },
  ),
)
const maintenance = mostly(
  fc.record({ version: mostly(fc.constant(maintenanceVersion)), description: mostly(text) }),
)
const instanceFields = { service_id: service, plan_id: plan }

const bodies = {
  provision: fc.record(
    {
      ...instanceFields,
      organization_guid: mostly(text),
      space_guid: mostly(text),
      context,
      parameters,
      maintenance_info: maintenance,
      x_vendor: strange,
    },
    { requiredKeys: ['service_id', 'plan_id', 'organization_guid', 'space_guid'] },
  ),
  update: fc.record(
    {
      ...instanceFields,
      context,
      parameters,
      maintenance_info: maintenance,
      previous_values: mostly(fc.record({ plan_id: plan, maintenance_info: maintenance })),
    },
    { requiredKeys: ['service_id'] },
  ),
  bind: fc.record(
    {
      ...instanceFields,
      app_guid: mostly(text),
      bind_resource: mostly(fc.record({ app_guid: mostly(text), route: strange }, { requiredKeys: [] })),
      context,
      parameters: mostly(fc.constant({})),
      predecessor_binding_id: fc.constantFrom(undefined, undefined, undefined, 'bound', 3),
    },
    { requiredKeys: ['service_id', 'plan_id'] },
  ),
}

const pair = (name: string, value: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(fc.constant(name), value), { minLength: 0, maxLength: 2 })
const anyText = fc.string({ unit: 'binary', maxLength: 40 })
const query = fc
  .tuple(
    pair('accepts_incomplete', fc.constantFrom('true', 'true', 'true', 'false', '', 'yes')),
    pair('service_id', fc.oneof(fc.constant(serviceId), anyText)),
    pair('plan_id', fc.oneof(fc.constantFrom(...Object.values(plans)), anyText)),
    pair('operation', fc.oneof(fc.uuid(), anyText)),
  )
  .map((pairs) => pairs.flat())

const instancePath = anyId.map((given) => `/v2/service_instances/${encode(given)}`)
const bindingPath = fc
  .tuple(instancePath, fc.oneof(fc.constantFrom('bound', 'new'), anyId))
  .map(([instance, binding]) => `${instance}/service_bindings/${encode(binding)}`)
const request = (
  method: string,
  path: fc.Arbitrary<string>,
  body?: fc.Arbitrary<unknown>,
): fc.Arbitrary<Request> =>
  fc.record({ method: fc.constant(method), path, query, body: body ? mostly(body) : fc.constant(undefined) })

const verbs: [string, fc.Arbitrary<Request>][] = [
  ['bind', request('PUT', bindingPath, bodies.bind)],
  ['fetch a binding', request('GET', bindingPath)],
  ['unbind', request('DELETE', bindingPath)],
  ['fetch an instance', request('GET', instancePath)],
  ['provision', request('PUT', instancePath, bodies.provision)],
  ['update', request('PATCH', instancePath, bodies.update)],
  [
    'poll',
    request(
      'GET',
      instancePath.map((path) => `${path}/last_operation`),
    ),
  ],
  // At the end, as the update before it: they end what the others need.
  ['deprovision', request('DELETE', instancePath)],
]

/** Half a character has no encoding. */
function encode(given: string): string {
  return encodeURIComponent(given.toWellFormed())
}

/** Each from an address of its own: whoever guesses on from one has to wait. */
let requestsSent = 0

function send({ method, path, query, body }: Request, login?: string) {
  requestsSent += 1
  const address = `10.0.${requestsSent >> 8}.${requestsSent & 255}`
  return broker.request(method, `${path}?${new URLSearchParams(query)}`, {
    body,
    headers: { 'X-Forwarded-For': address },
    ...(login ? { login } : {}),
  })
}

/** fast-check's own, so that a failure names the seed and can be shown again. */
const runs = { numRuns: 200 }

describe.each(verbs)('%s, however the request is made up', (_, requests) => {
  test('is not answered without the right login, and does nothing', async () => {
    const before = await saved()
    const logins = fc.constantFrom('broker:wrong', ':', 'operator:operator', 'broker:broker:broker')
    await fc.assert(
      fc.asyncProperty(requests, logins, async (made, login) => {
        const { status, body } = await send(made, login)
        expect({ status, body }).toEqual({ status: 401, body: { description: expect.any(String) } })
      }),
      { numRuns: 25 },
    )
    expect(await saved()).toBe(before)
  })

  test('is answered without a 5xx; a 4xx and a GET change nothing', async () => {
    let before = await saved()
    await fc.assert(
      fc.asyncProperty(requests, async (made) => {
        const { status, body } = await send(made)
        expect(status).toBeLessThan(500)
        const after = await saved()
        if (status >= 400 || made.method === 'GET') expect(after).toBe(before)
        if (status >= 400) expect(body.description).toMatch(/^.{1,1000}$/s)
        before = after
      }),
      runs,
    )
  })
})
