import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type PlanName, plans } from '../../../support/broker.ts'
import { withRedis } from '../../../support/redis.ts'
import type { Site } from './site.ts'

export function failed({ broker, id, get, patch, credentials, login }: Site): void {
  describe('an update that fails', () => {
    const change = { plan: 'redis-5node', parameters: { engineVersion: '7.0' } } as const

    let before: Answer['body']
    let plan: PlanName
    let ended: Answer['body']
    beforeAll(async () => {
      before = (await get()).body
      plan = Object.entries(plans).find(([, id]) => id === before.plan_id)?.[0] as PlanName
      const fault = 'NodeQuotaForCustomerExceeded'
      await broker().aws((aws) =>
        aws.setBehaviour({ faults: [{ call: 'increaseReplicaCount', fault, times: 1 }] }),
      )
      await patch(change)
      ended = await broker().ended(id)
    })

    test('says why, that the instance is usable and that it can be tried again', () => {
      expect(ended).toEqual({
        state: 'failed',
        description: expect.stringMatching(/no more Redis nodes.*operators/),
        instance_usable: true,
        update_repeatable: true,
      })
    })

    test('leaves plan and parameters as they were', async () => {
      expect((await get()).body).toEqual(before)
    })

    test('leaves the instance usable indeed', async () => {
      expect(await withRedis(await login(), (client) => client.get('kept'))).toBe('through all updates')
      expect((await broker().bind(id, 'after-failure', plan)).status).toBe(201)
    })

    test('can be taken back: a request for what it was is an operation, for what is half done', async () => {
      expect((await patch({ plan })).status).toBe(202)
      expect(await broker().ended(id)).toMatchObject({ state: 'succeeded' })
      expect((await patch({ plan })).status).toBe(200)
    })

    test('can be repeated indeed: plan and version at once', async () => {
      expect((await patch(change)).status).toBe(202)
      expect(await broker().ended(id)).toMatchObject({ state: 'succeeded' })
      expect((await get()).body).toMatchObject({
        plan_id: plans['redis-5node'],
        parameters: { engineVersion: '7.0' },
      })
      // The provider does not foresee the full version, which is no reason for a failed attempt.
      expect(broker().output).not.toContain('another follows')
      expect(await credentials()).toMatchObject({ current_redis_engine_version: '7.0.7' })
    })
  })
}
