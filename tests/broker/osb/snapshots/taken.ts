import { describe, expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../../broker/catalog/catalog.ts'
import { readSettings } from '../../../../broker/settings/read.ts'
import { instancePath } from '../../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../../support/groups.ts'
import { succeeds } from '../../../support/instances.ts'
import { once } from '../../../support/once.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import { Api } from '../api.ts'
import { broker, change, id, onAws, plansFile, shown } from './site.ts'

export function takenByUsers(): void {
  describe('a snapshot', () => {
    test('is taken under a name that AWS has once, and told under the name that its user gave', async () => {
      const { body } = await broker().request('GET', `${instancePath(id)}/last_operation`)
      expect(body.description).toContain('The snapshot before-migration is there')
      expect((await shown()).snapshots).toEqual([
        {
          name: 'before-migration',
          takenAt: expect.stringMatching(/^\d{4}-.*Z$/),
          megabytes: expect.any(Number),
          automatic: false,
          status: 'available',
        },
      ])
      expect((await onAws()).map(({ snapshotName }) => snapshotName)).toEqual([`cf-${id}-before-migration`])
    })

    test('that AWS takes by itself is told too, and is not for users to delete', async () => {
      await broker().aws((aws) => aws.takeDailySnapshot(`cf-${id}`, new Date('2026-11-26T06:00:00Z')))
      const automatic = `automatic.cf-${id}-2026-11-26-06-00`
      expect((await shown()).snapshots).toContainEqual(
        expect.objectContaining({ name: automatic, automatic: true }),
      )
      const answer = await change({ deleteSnapshot: automatic })
      expectRefusal(answer, 400)
      expect(answer.body.description).toContain("AWS's own")
    })

    test.each([
      ['of a name that there is already', { createSnapshot: 'before-migration' }, /already/],
      ['of a name that AWS does not take', { createSnapshot: 'a--b' }, /single hyphens/],
      ['of a name for last snapshots', { createSnapshot: 'final-one' }, /begin with final/],
      ['beside another change', { createSnapshot: 'x', engineVersion: '7.0' }, /go alone/],
      ['that is not there, to be deleted', { deleteSnapshot: 'nothing' }, /There are: before-migration/],
      ['that a new instance would start from', { restoreFromSnapshot: 'x' }, /Unknown parameter/],
    ])('%s: refused, and nothing changes', async (_what, parameters, reason) => {
      const before = await onAws()
      const answer = await change(parameters)
      expectRefusal(answer, 400)
      expect(answer.body.description).toMatch(reason)
      expect(await onAws()).toEqual(before)
    })

    test('that a plan does not take is refused with its reason', async () => {
      const catalog = loadCatalog(readSettings({ PLANS_FILE: await plansFile() }))
      const api = await Api.open({ catalog })
      onTestFinished(() => api.close())
      await api.created('small', { plan_id: 'tiny' })
      const answer = await api.update('small', { parameters: { createSnapshot: 'x' } })
      expectRefusal(answer, 400)
      expect(answer.body.description).toContain('It is too small to be kept.')
    })

    /** A snapshot that was being taken when another was asked for, and when the broker died. @returns the answer to the other */
    const interrupted = once(async () => {
      await broker().aws((aws) => aws.setBehaviour({ snapshotMilliseconds: 3_600_000 }))
      await change({ createSnapshot: 'interrupted' })
      await untilGroupIs(broker(), id, 'snapshotting')
      const other = await change({ createSnapshot: 'another' })
      await broker().kill()
      await finishWaits(broker())
      await broker().start()
      await succeeds(broker(), id)
      return other
    })

    test('is taken once, whatever dies in the midst of it', async () => {
      expectRefusal(await interrupted(), 422, 'ConcurrencyError')
      const found = (await onAws()).filter(({ snapshotName }) => snapshotName.endsWith('-interrupted'))
      expect(found).toHaveLength(1)
    })

    test('is deleted', async () => {
      await interrupted()
      expect((await change({ deleteSnapshot: 'interrupted' })).status).toBe(202)
      await succeeds(broker(), id)
      const names = (await shown()).snapshots.map(({ name }: { name: string }) => name)
      expect(names).toContain('before-migration')
      expect(names).not.toContain('interrupted')
    })
  })
}
