import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type PlanName, plans } from '../../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../../support/groups.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import type { Site } from './site.ts'

type Other = 'plan' | 'version' | 'way back'

export function inProgress({ broker, id, get, now, patch, credentials }: Site): void {
  describe('an update in progress', () => {
    let version: string
    let plan: PlanName
    let operation: string
    let answers: Answer[]
    /** What is answered meanwhile. */
    let again: Answer
    let others: Record<Other, Answer>
    let fetched: Answer
    let deletion: Answer
    let creation: Answer
    let binding: Answer
    let used: Awaited<ReturnType<typeof credentials>>
    /** How it ended, and the instance after it. */
    let ended: Answer['body']
    let after: Answer['body']
    beforeAll(async () => {
      const before = await now()
      version = before.version
      const all: PlanName[] = ['redis-3node', 'redis-5node', 'redis-3node-large']
      const [next, another] = all.filter((name) => name !== before.plan) as [PlanName, PlanName]
      plan = next
      await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
      answers = await Promise.all(Array.from({ length: 8 }, () => patch({ plan })))
      operation = answers[0]?.body.operation
      again = await patch({ plan })
      const otherVersion = version === '7.0' ? '6.2' : '7.0'
      others = {
        plan: await patch({ plan: another }),
        version: await patch({ plan, parameters: { engineVersion: otherVersion } }),
        'way back': await patch({ plan: before.plan }),
      }
      fetched = await get()
      deletion = await broker().deprovision(id)
      const asItIs = { parameters: { engineVersion: version } }
      creation = await broker().provision(id, before.plan, asItIs)
      binding = await broker().bind(id, 'meanwhile', before.plan)
      used = await credentials()
      await untilGroupIs(broker(), id, 'modifying')
      await finishWaits(broker())
      ended = await broker().ended(id)
      after = (await get()).body
    })

    test('simultaneous identical requests are one operation: 202 for each', () => {
      expect(operation).toMatch(/^.{1,10000}$/)
      for (const { status, body } of answers) {
        expect({ status, body }).toEqual({ status: 202, body: { operation } })
      }
    })

    test('the same again: 202 with the same operation', () => {
      expect({ status: again.status, body: again.body }).toEqual({ status: 202, body: { operation } })
    })

    test.each<Other>(['plan', 'version', 'way back'])('another %s: 422 ConcurrencyError', (other) => {
      expectRefusal(others[other], 422, 'ConcurrencyError')
    })

    test('a GET of the instance: 422 ConcurrencyError', () => {
      expectRefusal(fetched, 422, 'ConcurrencyError')
    })

    test('a DELETE or the PUT of the creation: 422 ConcurrencyError', () => {
      expectRefusal(deletion, 422, 'ConcurrencyError')
      expectRefusal(creation, 422, 'ConcurrencyError')
    })

    test('bindings go on as usual', () => {
      expect(binding.status).toBe(201)
      expect(used).toMatchObject({ password: expect.any(String) })
    })

    test('what it was asked for is what a GET tells when it has succeeded', () => {
      expect(ended).toEqual({
        state: 'succeeded',
        description: expect.stringMatching(/^Redis \d\.\d is updated\./),
      })
      expect(ended.description).toContain(`Redis ${version} is updated`)
      expect(after).toMatchObject({ plan_id: plans[plan], parameters: { engineVersion: version } })
    })
  })
}
