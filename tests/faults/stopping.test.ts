import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { instancePath } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'
import { finishWaits, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { programs } from '../support/processes.ts'
import { sharedBroker } from '../support/shared-broker.ts'
import { until } from '../support/until.ts'

const broker = sharedBroker({ OPERATIONS_AT_ONCE: '1', STOP_GRACE: '3600', DRIFT_SCHEDULE: 'off' })
afterEach(() => broker().aws((aws) => aws.setBehaviour({})))

const lastOperation = async (id: string) =>
  (await broker().request('GET', `${instancePath(id)}/last_operation`)).body.description
const isStopping = async () => (await broker().request('GET', '/health', { login: null })).status === 503
const begun = (id: string) => logged(broker(), 'attempt begins').filter(({ instance }) => instance === id)

test('a broker that is told to stop finishes what it is doing, also when a terminal and npm both tell it; what waits begins after the next start', async () => {
  const [first, second] = [randomUUID(), randomUUID()]
  await broker().aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  await broker().provision(first)
  await untilGroupIs(broker(), first, 'creating')
  await broker().provision(second)
  expect(await lastOperation(first)).toMatch(/^creating the replication group, \d+ s so far$/)
  expect(await lastOperation(second)).toBe('waiting for its turn, number 1 in the queue')
  const stopped = broker().stop()
  process.kill(broker().pid, 'SIGTERM')
  await until(isStopping)
  await finishWaits(broker())
  expect(await stopped).toBe(0)
  expect(begun(second)).toEqual([])
  await broker().start()
  await succeeds(broker(), first)
  await succeeds(broker(), second)
  expect(begun(first)).toHaveLength(1)
})

test('a second signal hurries it: terraform is stopped, and the operation goes on at the next start', async () => {
  const id = randomUUID()
  await broker().aws((aws) => aws.setBehaviour({ creationMilliseconds: 60_000 }))
  await broker().provision(id)
  await untilGroupIs(broker(), id, 'creating')
  const stopped = broker().stop()
  await until(isStopping)
  // Those that come within a second are one.
  await sleep(1500)
  process.kill(broker().pid, 'SIGTERM')
  expect(await stopped).toBe(0)
  expect(programs(broker().dataDirectory)).toEqual([])
  await broker().aws((aws) => aws.finishWaits())
  await broker().start()
  await succeeds(broker(), id)
  expect(await serves(broker(), id)).toBe(true)
})
