import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { plansWait, processes, untilPlanned } from './held-plans.ts'

const id = randomUUID()

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: '*/2 * * * * *', DRIFT_SHARED_PROVIDER: 'false' })
  await broker.created(id)
})
afterAll(() => broker?.remove())

const instance = async () =>
  (await broker.request('GET', `/operator/instances/${id}`, { login: 'operator:operator' })).body

const eventually = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 60_000, interval: 300 })

test('the broker sweeps by itself, again and again, without a shared provider too', async () => {
  await eventually(async () => expect((await instance()).drift.length).toBeGreaterThan(1))
  expect((await instance()).driftState).toBe('clean')
})

test('it finds what has changed in the meantime, and that it has been put right', async () => {
  const tag = { Owner: 'somebody' }
  await broker.aws((aws) => aws.addTags(`cf-${id}`, tag))
  await eventually(async () => expect((await instance()).driftState).toBe('drifted'))
  await broker.aws((aws) => aws.removeTags(`cf-${id}`, Object.keys(tag)))
  await eventually(async () => expect((await instance()).driftState).toBe('clean'))
})

test('a broker that stops in the middle of a sweep stops all the same, and goes on after its start', async () => {
  // Between two starts, so that the plan that is seen is one that waits.
  await broker.stop()
  await broker.aws((aws) => aws.setBehaviour(plansWait))
  await broker.start()
  await untilPlanned(broker)
  expect(await broker.stop()).toBe(0)
  expect(processes(broker, 'terraform plan')).toEqual([])
  await broker.aws((aws) => aws.setBehaviour({}))
  await broker.start()
  const { drift } = await instance()
  await eventually(async () => expect((await instance()).drift[0].checkedAt > drift[0].checkedAt).toBe(true))
})
