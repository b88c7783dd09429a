import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../../support/broker.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    OPERATIONS_AT_ONCE: '1',
    OPERATIONS_QUEUED_PER_ORGANIZATION: '1',
  })
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 600_000 }))
})
afterAll(() => broker?.remove())

test('an organization that has filled its part of the queue is told so, leaves nothing behind, and keeps nobody out', async () => {
  const [running, waiting, refused, others] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  await broker.provision(running)
  const place = async () =>
    (await broker.request('GET', `/v2/service_instances/${running}/last_operation`)).body
  await expect
    .poll(place, { timeout: 20_000 })
    .toMatchObject({ description: expect.stringContaining('so far') })
  expect((await broker.provision(waiting)).status).toBe(202)

  const answer = await broker.provision(refused)
  // 4xx, and none of those at which Cloud Controller would delete the instance: 410, and 422 without a known code.
  expectRefusal(answer, 429)
  expect(answer.body.description).toContain('as many operations waiting for their turn as it may have (1)')
  expect((await broker.deprovision(refused)).status).toBe(410)

  // The same request again is none more; another organization's has room; and deletions are never refused.
  expect((await broker.provision(waiting)).status).toBe(202)
  expect((await broker.provision(others, 'redis-dev', { organization_guid: 'another' })).status).toBe(202)
  for (const id of [waiting, others, running]) expect((await broker.deprovision(id)).status).toBe(202)
})
