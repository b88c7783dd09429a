import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openElastiCache } from '../../stacks/local-aws/service/elasticache.ts'
import { TestBroker } from '../support/broker.ts'
import { withRedis } from '../support/redis.ts'
import { groupOf, succeeds } from './support.ts'

const formerToken = 'the-token-of-an-interrupted-creation'

// An operation that is begun several times takes a while, and the machine may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())

/** A group on AWS that no state knows, as a creation leaves it that was interrupted. */
async function groupWithTags(id: string, tags: Record<string, string>): Promise<void> {
  const elastiCache = openElastiCache(join(broker.dataDirectory, 'local-aws'))
  try {
    await elastiCache.createReplicationGroup({
      replicationGroupId: `cf-${id}`,
      replicationGroupDescription: `Redis of service instance ${id}`,
      region: 'us-east-1',
      cacheNodeType: 'cache.t3.micro',
      engine: 'redis',
      engineVersion: '6.2',
      numCacheClusters: 1,
      authToken: formerToken,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      cacheSubnetGroupName: 'default',
      securityGroupIds: ['sg-00000000000000000'],
      snapshotRetentionLimit: 3,
      snapshotWindow: '06:00-07:00',
      preferredMaintenanceWindow: 'mon:07:00-mon:08:00',
      tags,
    })
  } finally {
    elastiCache.service.database.close()
  }
}

test("a group with the instance's own tags is adopted and gets a new token, the only one that works", async () => {
  const id = randomUUID()
  await groupWithTags(id, { broker: 'elasticache-redis-broker', 'Instance GUID': id })
  const before = await groupOf(broker, id)
  await broker.created(id)
  expect((await groupOf(broker, id))?.createdAt).toEqual(before?.createdAt)

  const {
    hostname: host,
    port,
    password,
    ca_certificate: ca,
  } = (await broker.bind(id, 'key')).body.credentials
  const ping = (token: string) => withRedis({ host, port, ca, password: token }, (redis) => redis.ping())
  expect(await ping(password)).toBe('PONG')
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
  await groupWithTags(id, tags(id))
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
