import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type PlanName, plans } from '../../../support/broker.ts'
import { once } from '../../../support/once.ts'
import { withRedis } from '../../../support/redis.ts'
import type { Site } from './site.ts'

export function failed({ broker, id, get, now, move, patch, credentials, login }: Site): void {
  describe('an update that fails', () => {
    const change = { plan: 'redis-5node', parameters: { engineVersion: '7.0' } } as const

    let outputBefore: number
    let before: Answer['body']
    let plan: PlanName
    let ended: Answer['body']
    /** What is found after the failure. */
    let after: Answer['body']
    let kept: string | null
    let binding: Answer
    beforeAll(async () => {
      // Nodes have to be added.
      if ((await now()).plan.startsWith('redis-5node')) await move('redis-3node')
      outputBefore = broker().output.length
      before = (await get()).body
      plan = (await now()).plan
      const fault = 'NodeQuotaForCustomerExceeded'
      await broker().aws((aws) =>
        aws.setBehaviour({ faults: [{ call: 'increaseReplicaCount', fault, times: 1 }] }),
      )
      await patch(change)
      ended = await broker().ended(id)
      after = (await get()).body
      kept = await withRedis(await login(), (client) => client.get('kept'))
      binding = await broker().bind(id, 'after-failure', plan)
    })

    const takenBack = once(async () => {
      const answer = await patch({ plan })
      return { answer, ended: await broker().ended(id), again: await patch({ plan }) }
    })

    const repeated = once(async () => {
      await takenBack()
      const answer = await patch(change)
      return { answer, ended: await broker().ended(id), instance: (await get()).body }
    })

    test('says why, that the instance is usable and that it can be tried again', () => {
      expect(ended).toEqual({
        state: 'failed',
        description: expect.stringMatching(/no more Redis nodes.*operators/),
        instance_usable: true,
        update_repeatable: true,
      })
    })

    test('leaves plan and parameters as they were', () => {
      expect(after).toEqual(before)
    })

    test('leaves the instance usable indeed', () => {
      expect(kept).toBe('through all updates')
      expect(binding.status).toBe(201)
    })

    test('can be taken back: a request for what it was is an operation, for what is half done', async () => {
      const { answer, ended, again } = await takenBack()
      expect(answer.status).toBe(202)
      expect(ended).toMatchObject({ state: 'succeeded' })
      expect(again.status).toBe(200)
    })

    test('can be repeated indeed: plan and version at once', async () => {
      const { answer, ended, instance } = await repeated()
      expect(answer.status).toBe(202)
      expect(ended).toMatchObject({ state: 'succeeded' })
      expect(instance).toMatchObject({
        plan_id: plans['redis-5node'],
        parameters: { engineVersion: '7.0' },
      })
      // The provider does not foresee the full version, which is no reason for a failed attempt.
      expect(broker().output.slice(outputBefore)).not.toContain('another follows')
      expect(await credentials()).toMatchObject({ current_redis_engine_version: '7.0.7' })
    })
  })
}
