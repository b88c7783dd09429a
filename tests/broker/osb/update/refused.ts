import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { instancePath, plans } from '../../../support/broker.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import type { Site } from './site.ts'

export function refused({ broker, id, get, patch }: Site): void {
  describe('a wrong request changes nothing', () => {
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
      const answer = await patch({ parameters: { engineVersion: '6.0' } })
      expectRefusal(answer, 400)
      expect(answer.body.description).toMatch(/Redis 6\.2 back to Redis 6\.0.*new instance/)
    })

    test('the maintenance_info of another catalog: 422 MaintenanceInfoConflict', async () => {
      const more = { maintenance_info: { version: '0.0.1' } }
      expectRefusal(await patch({ more }), 422, 'MaintenanceInfoConflict')
    })

    test.each(['', '?accepts_incomplete=false'])(
      'without accepts_incomplete (%s): 422 AsyncRequired',
      async (query) => {
        expectRefusal(await patch({ plan: 'redis-3node' }, query), 422, 'AsyncRequired')
      },
    )

    test('an instance that was never seen: 404', async () => {
      expectRefusal(await broker().update(randomUUID(), {}), 404)
    })

    test('after all of these the last operation is still the creation, and the instance as it was', async () => {
      const { body } = await broker().request('GET', `${instancePath(id)}/last_operation`)
      expect(body.description).toContain('is ready')
      expect((await get()).body).toMatchObject({
        plan_id: plans['redis-dev'],
        parameters: { engineVersion: '6.2' },
      })
    })
  })
}
