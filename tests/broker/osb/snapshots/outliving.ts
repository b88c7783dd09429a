import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeGroup } from '../../../support/groups.ts'
import { succeeds } from '../../../support/instances.ts'
import { until } from '../../../support/until.ts'
import { broker, deleted, id, later, namesOnAws, onAws, restored, shown, use, value } from './site.ts'

export function outlivingTheirInstance(): void {
  describe('a deletion', () => {
    test('begins with a last snapshot, from which the data comes back', async () => {
      const instance = await restored()
      await use(instance, (redis) => redis.set('kept', 'three'))
      await broker().deprovision(instance, 'redis-3node')
      await succeeds(broker(), instance)
      const [last] = (await onAws()).filter(({ snapshotName }) =>
        snapshotName.startsWith(`cf-${instance}-final-`),
      )
      expect(Date.parse(last?.tags['Keep until'] ?? '')).toBeGreaterThan(Date.now() + 2 * 86_400_000)
      const again = randomUUID()
      await broker().created(again, 'redis-3node', { parameters: { restoreFromLatestSnapshotOf: instance } })
      expect(await value(again)).toBe('three')
    })

    test('of a plan without one leaves none, and keeps those that its user took for as long: one from before a time comes back', async () => {
      const before = await later()
      await broker().aws((aws) => aws.takeDailySnapshot(`cf-${id}`, new Date('2026-11-27T06:00:00Z')))
      const all = await deleted()
      const ofUsers = all.filter((name) => !name.startsWith('automatic.'))
      expect(ofUsers).toContain(`cf-${id}-before-migration`)
      expect(ofUsers).not.toHaveLength(all.length)
      expect(await namesOnAws(id)).toEqual(ofUsers)
      const left = (await onAws()).filter(({ snapshotName }) => snapshotName.includes(id))
      for (const { tags } of left) expect(tags).toHaveProperty('Keep until')
      const again = randomUUID()
      await broker().created(again, 'redis-dev', { parameters: { restoreFromLatestSnapshotOf: id, before } })
      expect(await value(again)).toBe('one')
      expect((await shown(again)).restoredFrom).toMatch(/^before-migration of/)
    })

    test('is forgotten when the time of its snapshots is over, and no other snapshot goes with them', async () => {
      await deleted()
      const over = `cf-${id}-before-migration`
      await broker().aws((aws) =>
        aws.tagSnapshot(over, { 'Keep until': '2020-01-01T00:00:00Z', 'Over since': '2020-01-01T00:00:00Z' }),
      )
      await makeGroup(broker(), 'not-of-the-broker', {})
      await broker().aws((aws) => aws.createSnapshot('not-of-the-broker', 'of-an-operator'))
      const others = (await onAws()).map(({ snapshotName }) => snapshotName).filter((name) => name !== over)
      await broker().stop()
      await broker().start()
      await until(async () => (await onAws()).every(({ snapshotName }) => snapshotName !== over))
      expect((await onAws()).map(({ snapshotName }) => snapshotName)).toEqual(others)
    })
  })
}
