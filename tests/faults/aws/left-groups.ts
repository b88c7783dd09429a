import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { groupOf, makeGroup } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import type { SharedBroker } from '../../support/shared-broker.ts'

const formerToken = 'the-token-of-an-interrupted-creation'

export function leftGroups(broker: SharedBroker): void {
  /** A group as a creation leaves it that was interrupted. */
  function leftGroup(id: string, tags: Record<string, string>): Promise<void> {
    return makeGroup(broker(), `cf-${id}`, tags, {
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

  describe('a group that is there before the creation of its instance', () => {
    test("with the instance's own tags is adopted and gets a new token, the only one that works", async () => {
      const id = randomUUID()
      await leftGroup(id, { broker: 'elasticache-redis-broker', 'Instance GUID': id })
      const before = await groupOf(broker(), id)
      await broker().created(id)
      expect((await groupOf(broker(), id))?.createdAt).toEqual(before?.createdAt)

      const { credentials } = (await broker().bind(id, 'key')).body
      const ping = (password: string) =>
        withRedis({ ...loginOf(credentials), password }, (redis) => redis.ping())
      expect(await ping(credentials.password)).toBe('PONG')
      await expect(ping(formerToken)).rejects.toThrow(/WRONGPASS/)
    })

    test('with the tags of another broker is left alone, and reported', async () => {
      const id = randomUUID()
      await leftGroup(id, { broker: 'another', 'Instance GUID': id })
      const before = await groupOf(broker(), id)
      await broker().provision(id)
      expect(await broker().ended(id)).toMatchObject({
        state: 'failed',
        description: expect.stringContaining("is not this instance's"),
      })
      await broker().deprovision(id)
      await succeeds(broker(), id)
      expect(await groupOf(broker(), id)).toEqual(before)
    })
  })
}
