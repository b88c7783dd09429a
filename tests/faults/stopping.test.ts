import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { instancePath, TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { finishWaits, groupOf, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { programs } from '../support/processes.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ OPERATIONS_AT_ONCE: '1', STOP_GRACE: '3600', DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())
afterEach(() => broker.aws((aws) => aws.setBehaviour({})))

const lastOperation = async (id: string) =>
  (await broker.request('GET', `${instancePath(id)}/last_operation`)).body.description
const isStopping = async () => (await broker.request('GET', '/health', { login: null })).status === 503
const begun = (id: string) => logged(broker, 'attempt begins').filter(({ instance }) => instance === id)

test('a broker that is told to stop finishes what it is doing, also when a terminal and npm both tell it', async () => {
  const id = randomUUID()
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  await broker.provision(id)
  await untilGroupIs(broker, id, 'creating')
  const stopped = broker.stop()
  process.kill(broker.pid, 'SIGTERM')
  await until(isStopping)
  await broker.aws((aws) => aws.finishWaits())
  expect(await stopped).toBe(0)
  await broker.start()
  await succeeds(broker, id)
  expect(begun(id)).toHaveLength(1)
})

test('a second signal hurries it: terraform is stopped, and the operation goes on at the next start', async () => {
  const id = randomUUID()
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  await broker.provision(id)
  await untilGroupIs(broker, id, 'creating')
  const stopped = broker.stop()
  await until(isStopping)
  // Those that come within a second are one.
  await sleep(1500)
  process.kill(broker.pid, 'SIGTERM')
  expect(await stopped).toBe(0)
  expect(programs(broker.dataDirectory)).toEqual([])
  await broker.aws((aws) => aws.finishWaits())
  await broker.start()
  await succeeds(broker, id)
  expect(await serves(broker, id)).toBe(true)
})

test('what is more than the machine may do at once waits, and tells its place in the queue', async () => {
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  await broker.provision(first)
  await untilGroupIs(broker, first, 'creating')
  await broker.provision(second)
  await broker.provision(third)
  expect(await lastOperation(first)).toMatch(/^creating the replication group, \d+ s so far$/)
  expect(await lastOperation(second)).toBe('waiting for its turn, number 1 in the queue')
  expect(await lastOperation(third)).toBe('waiting for its turn, number 2 in the queue')
  expect(await groupOf(broker, second)).toBeUndefined()

  await finishWaits(broker)
  for (const id of [first, second, third]) {
    await succeeds(broker, id)
  }
})

test('operations of different instances run side by side up to the bound', async () => {
  await broker.remove()
  broker = await TestBroker.start({ OPERATIONS_AT_ONCE: '2', DRIFT_SCHEDULE: 'off' })
  const ids = [randomUUID(), randomUUID(), randomUUID()]
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  for (const id of ids) await broker.provision(id)
  await until(async () => (await broker.aws((aws) => aws.listReplicationGroups())).length === 2)
  expect(await lastOperation(ids[2] as string)).toBe('waiting for its turn, number 1 in the queue')
})
