import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, plans } from '../../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../../support/groups.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import type { Site } from './site.ts'

export function inProgress({ broker, id, get, patch, credentials }: Site): void {
  describe('an update in progress', () => {
    let answers: Answer[]
    let operation: string
    beforeAll(async () => {
      await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
      answers = await Promise.all(Array.from({ length: 8 }, () => patch({ plan: 'redis-3node' })))
      operation = answers[0]?.body.operation
    })

    test('simultaneous identical requests are one operation: 202 for each', () => {
      expect(operation).toMatch(/^.{1,10000}$/)
      for (const { status, body } of answers) {
        expect({ status, body }).toEqual({ status: 202, body: { operation } })
      }
    })

    test('the same again: 202 with the same operation', async () => {
      expect((await patch({ plan: 'redis-3node' })).body).toEqual({ operation })
    })

    test.each<[string, Parameters<typeof patch>[0]]>([
      ['plan', { plan: 'redis-5node' }],
      ['version', { plan: 'redis-3node', parameters: { engineVersion: '7.0' } }],
      ['way back', {}],
    ])('another %s: 422 ConcurrencyError', async (_, change) => {
      expectRefusal(await patch(change), 422, 'ConcurrencyError')
    })

    test('a GET of the instance: 422 ConcurrencyError', async () => {
      expectRefusal(await get(), 422, 'ConcurrencyError')
    })

    test('a DELETE or the PUT of the creation: 422 ConcurrencyError', async () => {
      expectRefusal(await broker().deprovision(id), 422, 'ConcurrencyError')
      expectRefusal(await broker().provision(id), 422, 'ConcurrencyError')
    })

    test('bindings go on as usual', async () => {
      expect((await broker().bind(id, 'meanwhile')).status).toBe(201)
      expect(await credentials()).toMatchObject({ password: expect.any(String) })
    })

    test('what it was asked for is what a GET tells when it has succeeded', async () => {
      await untilGroupIs(broker(), id, 'modifying')
      await finishWaits(broker())
      expect(await broker().ended(id)).toEqual({
        state: 'succeeded',
        description: expect.stringMatching(/^Redis 6\.2 is updated\./),
      })
      expect((await get()).body).toMatchObject({
        plan_id: plans['redis-3node'],
        parameters: { engineVersion: '6.2' },
      })
    })
  })
}
