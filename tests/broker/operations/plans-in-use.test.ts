import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlanName, plans, TestBroker } from '../../support/broker.ts'

let broker: TestBroker
const id = randomUUID()
beforeAll(async () => {
  broker = await TestBroker.start()
  await broker.created(id)
})
afterAll(() => broker?.remove())

function servicePlans() {
  return JSON.parse(readFileSync(new URL('../../../broker/catalog/plans.json', import.meta.url), 'utf8'))
}

/** A broker on the same data, whose plans file has all plans but these. */
function startWithout(...names: PlanName[]): Promise<TestBroker> {
  const file = join(broker.dataDirectory, 'plans.json')
  const all = servicePlans()
  const rest = all.filter(({ name }: { name: PlanName }) => !names.includes(name))
  expect(rest).toHaveLength(all.length - names.length)
  writeFileSync(file, JSON.stringify(rest))
  return TestBroker.start({ DATA_DIR: broker.dataDirectory, PLANS_FILE: file })
}

test('without the plan of an instance, or of its update, the broker does not start and names them', async () => {
  expect((await broker.update(id, { plan_id: plans['redis-3node'] })).status).toBe(202)
  await broker.kill()
  const dev = `${plans['redis-dev']} (1 instance)`
  const more = `${plans['redis-3node']} (1 instance)`
  await expect(startWithout('redis-dev')).rejects.toThrow(
    `not in the plans file: ${dev}. Put these plans back`,
  )
  await expect(startWithout('redis-3node')).rejects.toThrow(`: ${more}. `)
  await expect(startWithout('redis-dev', 'redis-3node')).rejects.toThrow(`: ${more}, ${dev}. `)
})

test('with them it goes on; a plan that nobody is on may go', async () => {
  broker = await startWithout('redis-5node', 'redis-5node-large')
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
  expect((await broker.bind(id, 'key', 'redis-3node')).status).toBe(201)
  // What an instance was on before its update is of no use any more.
  await broker.stop()
  broker = await startWithout('redis-dev')
  expect((await broker.deprovision(id, 'redis-3node')).status).toBe(202)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
})

/** A broker on the same data, with these fields for all plans. */
function startWithAll(all: object): Promise<TestBroker> {
  const file = join(broker.dataDirectory, 'plans.json')
  writeFileSync(file, JSON.stringify({ all, plans: servicePlans() }))
  return TestBroker.start({ DATA_DIR: broker.dataDirectory, PLANS_FILE: file })
}

test('what AWS would make other Redis for does not change for a plan in use, and the start names it', async () => {
  const other = randomUUID()
  await broker.stop()
  broker = await startWithAll({ parameters: { timeout: 300 } })
  await broker.created(other)
  await broker.stop()
  await expect(startWithAll({ subnetGroup: 'elsewhere', dataTiering: false })).rejects.toThrow(
    "AWS can't change this of the Redis that is there: redis-dev: subnetGroup was default, is elsewhere, parameters are gone (leave an empty object {} there). Take it back",
  )
  await expect(startWithAll({ parameters: {}, networkType: 'dual_stack' })).rejects.toThrow(
    'redis-dev: networkType was ipv4, is dual_stack. Take it back',
  )
  // A refused start keeps what was.
  broker = await startWithAll({ parameters: {} })
  await broker.update(other, { parameters: { engineVersion: '7.0' } })
  expect(await broker.ended(other)).toMatchObject({ state: 'succeeded' })
  await broker.deprovision(other)
  await broker.ended(other)
  await broker.stop()
  // Nobody is on the plan any more.
  broker = await startWithAll({ subnetGroup: 'elsewhere' })
})
