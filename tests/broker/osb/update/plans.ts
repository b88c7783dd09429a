import { beforeAll, describe, expect, test } from 'vitest'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { type Answer, type PlanName, plans } from '../../../support/broker.ts'
import { withRedis } from '../../../support/redis.ts'
import type { Site } from './site.ts'

export function toOtherPlans({ broker, id, get, move, patch, credentials, login, group }: Site): void {
  // To the largest one, then all the way down.
  describe.each<{ plan: PlanName; nodes: number; nodeType: string; maxmemory: number }>([
    { plan: 'redis-5node-large', nodes: 5, nodeType: 'cache.t3.small', maxmemory: 1103269724 },
    { plan: 'redis-dev', nodes: 1, nodeType: 'cache.t3.micro', maxmemory: 402653184 },
  ])('to the plan $plan', ({ plan, nodes, nodeType, maxmemory }) => {
    let before: { engineVersion: string; credentials: RedisCredentials }
    let update: { answer: Answer; ended: Answer['body'] }
    beforeAll(async () => {
      // An update to the plan that it has would be nothing to do.
      if ((await get()).body.plan_id === plans[plan]) await move('redis-3node')
      const { engineVersion } = (await get()).body.parameters
      before = { engineVersion, credentials: await credentials() }
      update = { answer: await patch({ plan }), ended: await broker().ended(id) }
    })

    test('the update succeeds', () => {
      expect(update.answer.status).toBe(202)
      expect(update.ended).toMatchObject({ state: 'succeeded' })
    })

    test('the version stays as it is', async () => {
      const { engineVersion } = before
      expect((await get()).body).toMatchObject({ plan_id: plans[plan], parameters: { engineVersion } })
      const { current_redis_engine_version } = before.credentials
      expect(await credentials()).toMatchObject({ current_redis_engine_version })
    })

    test('nodes, node type, failover and Multi-AZ are what the plan says', async () => {
      const found = await group()
      expect(found).toMatchObject({
        status: 'available',
        cacheNodeType: nodeType,
        automaticFailoverEnabled: nodes > 1,
        multiAZEnabled: nodes > 1,
        tags: { 'Service plan name': plan },
      })
      expect(found?.memberClusters).toHaveLength(nodes)
    })

    test('the data is there, within the memory of the plan, for the bindings of before', async () => {
      const redis = await login()
      expect(await withRedis(redis, (client) => client.get('kept'))).toBe('through all updates')
      expect(await withRedis(redis, (client) => client.info('memory'))).toContain(
        `maxmemory:${maxmemory}\r\n`,
      )
      expect('reader_hostname' in (await credentials())).toBe(nodes > 1)
    })
  })
}
