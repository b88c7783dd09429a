import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import { TestBroker } from '../../support/broker.ts'
import { runCommand } from '../../support/program.ts'

/** Sweeps of an instance that has more than its group. */
const id = randomUUID()

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
  await broker.created(id, 'redis-dev', { parameters: { maxmemoryPolicy: 'allkeys-lfu', timeout: 300 } })
})
afterAll(() => broker?.remove())

async function sweep() {
  const { stdout } = await runCommand(['drift', '--json'], broker)
  const { instances, planned } = JSON.parse(stdout)
  const [{ state, findings }] = instances
  return { state, planned, changed: findings.map(({ attribute }: { attribute: string }) => attribute) }
}

async function onAws(change: (aws: ReturnType<typeof openElastiCache>) => unknown): Promise<void> {
  const aws = openElastiCache(join(broker.dataDirectory, 'local-aws'))
  try {
    await change(aws)
  } finally {
    aws.service.database.close()
  }
}

const set = (values: Record<string, string>) =>
  onAws((aws) => aws.modifyParameterGroup({ name: `cf-${id}-redis6-x`, values }))

test('a look finds it clean, without a plan', async () => {
  expect(await sweep()).toEqual({ state: 'clean', planned: 0, changed: [] })
})

test('a parameter that somebody has changed is found', async () => {
  await set({ timeout: '60' })
  expect(await sweep()).toEqual({ state: 'drifted', planned: 1, changed: ['parameter'] })
})

test('once it is as it was, a plan says so, and then looks do again', async () => {
  await set({ timeout: '300' })
  expect(await sweep()).toMatchObject({ state: 'clean', planned: 1 })
  expect(await sweep()).toMatchObject({ state: 'clean', planned: 0 })
})
