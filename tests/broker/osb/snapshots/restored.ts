import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { groupOf } from '../../../support/groups.ts'
import { succeeds } from '../../../support/instances.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import { broker, change, id, later, restored, shown, use, value } from './site.ts'

export function restoredFromOne(): void {
  const restore = (parameters: object, more: object = {}) =>
    broker().provision(randomUUID(), 'redis-dev', { parameters, ...more })

  describe('a new instance', () => {
    test('starts from a snapshot by its name, and the one that it was taken of stays as it is', async () => {
      await use(id, (redis) => redis.set('kept', 'two'))
      const instance = await restored()
      expect(await value(instance)).toBe('one')
      expect(await value(id)).toBe('two')
      expect(await shown(instance)).toMatchObject({
        engineVersion: '6.2',
        restoredFrom: expect.stringMatching(/^before-migration of \d{4}/),
      })
      const parameters = { restoreFromSnapshot: 'before-migration' }
      expect((await broker().provision(instance, 'redis-3node', { parameters })).status).toBe(200)
      expectRefusal(await broker().provision(instance, 'redis-3node'), 409)
    })

    test('keeps its data in later updates, and has tags of its own', async () => {
      const instance = await restored()
      await change({ engineVersion: '7.0' }, instance)
      await succeeds(broker(), instance)
      expect(await value(instance)).toBe('one')
      const tags = (await groupOf(broker(), instance))?.tags
      expect(tags).toMatchObject({ 'Instance GUID': instance })
      expect(tags).not.toHaveProperty('Operation')
    })

    test('starts from the newest snapshot of an instance', async () => {
      const latest = randomUUID()
      await later()
      await broker().created(latest, 'redis-dev', { parameters: { restoreFromLatestSnapshotOf: id } })
      expect(await value(latest)).toBe('two')
      expect((await shown(latest)).restoredFrom).toMatch(/^later of/)
    })

    test.each([
      [
        'the snapshot of another space',
        { restoreFromSnapshot: 'before-migration' },
        { space_guid: 'elsewhere' },
      ],
      [
        'the newest of another organization',
        { restoreFromLatestSnapshotOf: id },
        { organization_guid: 'other' },
      ],
      ['a snapshot that is not there', { restoreFromSnapshot: 'nothing' }, {}],
      [
        'an engine that does not read it',
        { restoreFromSnapshot: 'before-migration', engineVersion: '6.0' },
        {},
      ],
      ['two snapshots', { restoreFromSnapshot: 'before-migration', restoreFromLatestSnapshotOf: id }, {}],
      [
        'a time before all snapshots',
        { restoreFromLatestSnapshotOf: id, before: '2020-01-01T00:00:00Z' },
        {},
      ],
      [
        'a time without an instance',
        { restoreFromSnapshot: 'before-migration', before: '2026-01-01T00:00:00Z' },
        {},
      ],
    ])('%s: refused, and nothing is made', async (_what, parameters, more) => {
      const before = await broker().aws((aws) => aws.listReplicationGroups())
      expectRefusal(await restore(parameters, more), 400)
      expect(await broker().aws((aws) => aws.listReplicationGroups())).toHaveLength(before.length)
    })

    test('does not start from more data than its plan has room for', async () => {
      await later()
      const body = { plan_id: 'tiny', parameters: { restoreFromSnapshot: 'later' } }
      const answer = await broker().provision(randomUUID(), 'redis-dev', body)
      expectRefusal(answer, 400)
      expect(answer.body.description).toMatch(/has \d MB, and the plan redis-tiny takes 0 MB/)
    })
  })
}
