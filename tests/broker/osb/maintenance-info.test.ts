import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maintenanceVersion } from '../../../broker/catalog/catalog.ts'
import { instanceBody, instancePath, plans, TestBroker } from '../../support/broker.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'

// On PostgreSQL, so that the test can make the instance one of an earlier broker.
let postgres: Postgres
let database: Client
let broker: TestBroker
const id = randomUUID()
const earlier = '0.9.0'

beforeAll(async () => {
  postgres = await startPostgres()
  database = new Client({ connectionString: postgres.url })
  await database.connect()
  broker = await TestBroker.start({ DATABASE_URL: postgres.url, DRIFT_SCHEDULE: 'off' })
  await broker.created(id)
  await database.query('update broker.instances set maintenance_version = $1', [earlier])
})
afterAll(async () => {
  await broker?.remove()
  await database?.end()
  await postgres?.stop()
})

/** As Cloud Controller sends it: plan and parameters always, whether or not they change. */
function patch(more: object, query = '?accepts_incomplete=true') {
  const { service_id, context } = instanceBody()
  const body = { service_id, plan_id: plans['redis-dev'], parameters: {}, context, ...more }
  return broker.request('PATCH', instancePath(id) + query, { body })
}

async function version(): Promise<string> {
  return (await broker.request('GET', instancePath(id))).body.maintenance_info.version
}

test('an instance of an earlier broker says which version it has', async () => {
  expect(await version()).toBe(earlier)
})

test('a request that changes nothing brings no upgrade along: 200', async () => {
  expect(await patch({})).toMatchObject({ status: 200, body: {} })
  expect(await version()).toBe(earlier)
})

test('neither does another name, when the platform does not wait: 200', async () => {
  const context = { ...instanceBody().context, instance_name: 'renamed' }
  expect(await patch({ context }, '')).toMatchObject({ status: 200, body: {} })
  expect(await version()).toBe(earlier)
})

test('nor does one that the platform would wait for: only the tags change, and no drift comes of it', async () => {
  const context = { ...instanceBody().context, instance_name: 'renamed-again' }
  expect(await patch({ context })).toMatchObject({ status: 200, body: {} })
  expect(await version()).toBe(earlier)
  const { body } = await broker.request('GET', `${instancePath(id)}/last_operation`)
  expect(body.description).toContain('is ready')
  const [group] = await broker.aws((aws) => aws.listReplicationGroups())
  expect(group?.tags).toMatchObject({ 'Instance name': 'renamed-again' })
  const sweep = await broker.request('POST', '/operator/drift', {
    login: 'operator:operator',
    body: { instances: [id] },
  })
  expect(sweep.body).toContain('"state":"clean"')
})

test('an upgrade to another version than that of the catalog: 422, and nothing changes', async () => {
  expect((await patch({ maintenance_info: { version: earlier } })).status).toBe(422)
  expect(await version()).toBe(earlier)
})

test('an upgrade that is asked for is an operation: 202, then a GET tells the new version', async () => {
  const upgrade = { maintenance_info: { version: maintenanceVersion } }
  expect(await patch(upgrade, '')).toMatchObject({ status: 422, body: { error: 'AsyncRequired' } })
  expect((await patch(upgrade)).status).toBe(202)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(await version()).toBe(maintenanceVersion)
  expect(await patch(upgrade)).toMatchObject({ status: 200, body: {} })
})
