import { expect, test, vi } from 'vitest'
import { finishWaits, groupOf } from '../../../support/groups.ts'
import { large, type Site, small, untilTold } from './site.ts'

export function leftOut({ broker, reconcile, report, behind, told }: Site): void {
  const idsOf = (instances: { instance: string }[]) => instances.map(({ instance }) => instance)

  test('an instance with a running operation is left out, and said so', async () => {
    await behind(small, (aws, group) => aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 0 }))
    await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
    expect((await reconcile(small)).body.operation).toMatchObject({ type: 'update' })
    const { instances, skipped } = await report()
    expect(skipped).toMatchObject([{ instance: small, reason: 'an operation runs (update)' }])
    expect(idsOf(instances)).toEqual([large])
    await vi.waitUntil(async () => (await groupOf(broker(), small))?.status === 'modifying', {
      timeout: 60_000,
      interval: 100,
    })
    await finishWaits(broker())
    await broker().aws((aws) => aws.setBehaviour({}))
    expect(await broker().ended(small)).toMatchObject({ state: 'succeeded' })
    await untilTold(told, small, 'clean')
  })

  test('an instance that AWS is busy with is left out, and said so', async () => {
    await behind(small, async (aws, group) => {
      aws.setBehaviour({ modificationMilliseconds: 3_600_000 })
      await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 0 })
      aws.setBehaviour({})
    })
    const { instances, skipped } = await report()
    expect(skipped).toMatchObject([{ instance: small, reason: 'AWS is busy with it (modifying)' }])
    expect(idsOf(instances)).toEqual([large])
    await behind(small, async (aws, group) => {
      await aws.finishWaits()
      await aws.modifyReplicationGroup(group, { snapshotRetentionLimit: 3 })
    })
  })
}
