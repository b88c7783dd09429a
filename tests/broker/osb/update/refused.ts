import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal } from '../../../support/refusal.ts'
import type { Site } from './site.ts'

export function refused({ broker, id, get, now, patch }: Site): void {
  describe('a wrong request changes nothing', () => {
    let before: Awaited<ReturnType<typeof found>>
    const found = async () => {
      const path = `/operator/instances/${id}/operations`
      const { body } = await broker().request('GET', path, { login: 'operator:operator' })
      return { operations: body.operations, instance: (await get()).body }
    }
    beforeAll(async () => {
      before = await found()
      expect(before.operations.length).toBeGreaterThan(0)
      expect(before.instance.plan_id).toEqual(expect.any(String))
    })
    afterEach(async () => {
      expect(await found()).toEqual(before)
    })

    test.each<[string, object]>([
      ['no service_id', { service_id: undefined }],
      ['another service_id', { service_id: randomUUID() }],
      ['an unknown plan_id', { plan_id: randomUUID() }],
      ['an empty plan_id', { plan_id: '' }],
      ['a number as plan_id', { plan_id: 3 }],
      ['a list of parameters', { parameters: [] }],
      ['a list as previous_values', { previous_values: [] }],
      ['an unknown parameter', { parameters: { nodes: 3 } }],
      ['a version that is not offered', { parameters: { engineVersion: '7.1' } }],
      ['a version as a number', { parameters: { engineVersion: 7.0 } }],
    ])('with %s: 400', async (_, more) => {
      expectRefusal(await patch({ more }), 400)
    })

    test('a downgrade: 400 before anything is queued, and what to do instead', async () => {
      const { version } = await now()
      const answer = await patch({ parameters: { engineVersion: '6.0' } })
      expectRefusal(answer, 400)
      expect(answer.body.description).toContain(`Redis ${version} back to Redis 6.0`)
      expect(answer.body.description).toMatch(/back to.*new instance/)
    })

    test('the maintenance_info of another catalog: 422 MaintenanceInfoConflict', async () => {
      const more = { maintenance_info: { version: '0.0.1' } }
      expectRefusal(await patch({ more }), 422, 'MaintenanceInfoConflict')
    })

    test.each(['', '?accepts_incomplete=false'])(
      'without accepts_incomplete (%s): 422 AsyncRequired',
      async (query) => {
        const plan = (await now()).plan === 'redis-3node' ? 'redis-5node' : 'redis-3node'
        expectRefusal(await patch({ plan }, query), 422, 'AsyncRequired')
      },
    )

    test('an instance that was never seen: 404', async () => {
      expectRefusal(await broker().update(randomUUID(), {}), 404)
    })
  })
}
