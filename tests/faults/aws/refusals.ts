import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultName } from '../../stacks/local-aws/index.ts'
import { instancePath, plans, TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { groupOf } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { loginOf, withRedis } from '../support/redis.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())
afterEach(() => broker.aws((aws) => aws.setBehaviour({})))

const refuse = (call: string, fault: FaultName) =>
  broker.aws((aws) => aws.setBehaviour({ faults: [{ call, fault, times: 1 }] }))
const attempts = (id: string) =>
  logged(broker, 'attempt begins').filter(({ instance }) => instance === id).length

test('what passes by itself is tried again, and the user sees a success', async () => {
  const id = randomUUID()
  await refuse('createReplicationGroup', 'Throttling')
  await broker.created(id)
  expect(attempts(id)).toBe(2)
  expect(await serves(broker, id)).toBe(true)
})

describe('what does not pass fails at once, says so, and', () => {
  test('a failed creation can be deleted', async () => {
    const id = randomUUID()
    await refuse('createReplicationGroup', 'NodeQuotaForCustomerExceeded')
    await broker.provision(id)
    expect(await broker.ended(id)).toEqual({
      state: 'failed',
      description: expect.stringContaining(
        'AWS allows this account no more Redis nodes (NodeQuotaForCustomerExceeded). Please tell',
      ),
    })
    expect(attempts(id)).toBe(1)
    expect((await broker.deprovision(id)).status).toBe(202)
    await succeeds(broker, id)
    expect((await broker.request('GET', instancePath(id))).status).toBe(404)
  })

  test('a failed creation can be repeated by an operator', async () => {
    const id = randomUUID()
    const login = 'operator:operator'
    await refuse('createReplicationGroup', 'AccessDenied')
    await broker.provision(id)
    expect(await broker.ended(id)).toMatchObject({ state: 'failed' })
    const { status } = await broker.request('POST', `/operator/instances/${id}/retry`, { login })
    expect(status).toBe(202)
    await succeeds(broker, id)
    expect(await serves(broker, id)).toBe(true)
  })

  test('a failed update leaves the instance in use, and can be repeated; so can a failed deletion', async () => {
    const id = randomUUID()
    await broker.created(id)

    const update = () => broker.update(id, { parameters: { engineVersion: '7.0' } })
    await refuse('modifyReplicationGroup', 'AccessDenied')
    await update()
    expect(await broker.ended(id)).toEqual({
      state: 'failed',
      description: expect.stringContaining('AWS does not allow the broker to do this (AccessDenied).'),
      instance_usable: true,
      update_repeatable: true,
    })
    const { body } = await broker.request('GET', instancePath(id))
    expect(body).toMatchObject({ plan_id: plans['redis-dev'], parameters: { engineVersion: '6.2' } })
    expect(await serves(broker, id)).toBe(true)
    expect((await update()).status).toBe(202)
    await succeeds(broker, id)
    expect((await groupOf(broker, id))?.engineVersion).toMatch(/^7\.0/)

    await refuse('deleteReplicationGroup', 'AccessDenied')
    await broker.deprovision(id)
    expect(await broker.ended(id)).toMatchObject({ state: 'failed', instance_usable: true })
    expect(await groupOf(broker, id)).toBeDefined()
    expect((await broker.deprovision(id)).status).toBe(202)
    await succeeds(broker, id)
    expect(await groupOf(broker, id)).toBeUndefined()
  })
})

test('a change for which AWS would make the Redis anew is refused, and its data stays', async () => {
  const id = randomUUID()
  await broker.created(id)
  const login = loginOf((await broker.bind(id, 'key')).body.credentials)
  await withRedis(login, (client) => client.set('of', id))

  await broker.stop()
  const other = await TestBroker.start({
    DATA_DIR: broker.dataDirectory,
    DRIFT_SCHEDULE: 'off',
    REDIS_PORT: '6380',
  })
  await other.update(id, { parameters: { engineVersion: '7.0' } })
  expect(await other.ended(id)).toEqual({
    state: 'failed',
    description: expect.stringContaining('This would delete the Redis and its data and make a new one'),
    instance_usable: true,
    update_repeatable: false,
  })
  const reconciled = await other.request('POST', `/operator/drift/reconcile/${id}`, {
    login: 'operator:operator',
  })
  expect(reconciled).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('would be replaced, and its data lost. Nothing was done.') },
  })
  await other.stop()
  await broker.start()
  expect(await withRedis(login, (client) => client.get('of'))).toBe(id)
})
