import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { groupOf, makeGroup } from '../support/groups.ts'
import { succeeds } from '../support/instances.ts'
import { loginOf, withRedis } from '../support/redis.ts'

const formerToken = 'the-token-of-an-interrupted-creation'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())

/** A group as a creation leaves it that was interrupted. */
function leftGroup(id: string, tags: Record<string, string>): Promise<void> {
  return makeGroup(broker, `cf-${id}`, tags, {
    replicationGroupDescription: `Redis of service instance ${id}`,
    engine: 'redis',
    engineVersion: '6.2',
    authToken: formerToken,
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    securityGroupIds: ['sg-00000000000000000'],
    snapshotRetentionLimit: 3,
    snapshotWindow: '06:00-07:00',
    preferredMaintenanceWindow: 'mon:07:00-mon:08:00',
  })
}

test("a group with the instance's own tags is adopted and gets a new token, the only one that works", async () => {
  const id = randomUUID()
  await leftGroup(id, { broker: 'elasticache-redis-broker', 'Instance GUID': id })
  const before = await groupOf(broker, id)
  await broker.created(id)
  expect((await groupOf(broker, id))?.createdAt).toEqual(before?.createdAt)

  const { credentials } = (await broker.bind(id, 'key')).body
  const ping = (password: string) => withRedis({ ...loginOf(credentials), password }, (redis) => redis.ping())
  expect(await ping(credentials.password)).toBe('PONG')
  await expect(ping(formerToken)).rejects.toThrow(/WRONGPASS/)
})

test.each([
  {
    whose: 'another instance',
    tags: (_id: string) => ({ broker: 'elasticache-redis-broker', 'Instance GUID': randomUUID() }),
  },
  { whose: 'another broker', tags: (id: string) => ({ broker: 'another', 'Instance GUID': id }) },
  { whose: 'nobody', tags: () => ({}) },
])('a group of $whose is left alone, and reported', async ({ tags }) => {
  const id = randomUUID()
  await leftGroup(id, tags(id))
  const before = await groupOf(broker, id)
  await broker.provision(id)
  expect(await broker.ended(id)).toMatchObject({
    state: 'failed',
    description: expect.stringContaining("is not this instance's"),
  })
  await broker.deprovision(id)
  await succeeds(broker, id)
  expect(await groupOf(broker, id)).toEqual(before)
})
