import { expect, test } from 'vitest'
import { aws, change, elastiCache, request } from './site.ts'

/** The rules of what is beside a group: its parameters and its snapshots. */
export function beside(): void {
  test("a parameter group of AWS's own, one that is in use, and one that can not be right are refused", async () => {
    const own = { name: 'own', family: 'redis6.x', description: 'of the test', region: 'eu-west-1' }
    const usual = 'default.redis6.x'
    elastiCache.createParameterGroup(own)
    await change({ cacheParameterGroupName: 'own' })
    const refused: [() => unknown, string][] = [
      [() => elastiCache.createParameterGroup(own), 'CacheParameterGroupAlreadyExists'],
      [() => elastiCache.createParameterGroup({ ...own, name: '1' }), 'InvalidParameterValue'],
      [() => elastiCache.createParameterGroup({ ...own, name: 'a', family: 'x' }), 'InvalidParameterValue'],
      [() => elastiCache.modifyParameterGroup({ name: usual, values: {} }), 'InvalidParameterValue'],
      [() => elastiCache.deleteParameterGroup({ name: usual }), 'InvalidParameterValue'],
      [() => elastiCache.deleteParameterGroup({ name: 'own' }), 'InvalidCacheParameterGroupState'],
    ]
    for (const [call, name] of refused) await expect((async () => call())()).rejects.toMatchObject({ name })
    await change({ cacheParameterGroupName: usual })
    elastiCache.deleteParameterGroup({ name: 'own' })
    expect(aws.listParameterGroups()).not.toContain('own')
  })

  test('a snapshot that is not complete is neither deleted nor restored, and its group takes no other', async () => {
    aws.setBehaviour({ snapshotMilliseconds: 60_000 })
    await aws.createSnapshot('existing', 'slow')
    const incomplete = { name: 'InvalidSnapshotState' }
    await expect(aws.deleteSnapshot('slow')).rejects.toMatchObject(incomplete)
    const restored = elastiCache.createReplicationGroup(request({ snapshotName: 'slow' }))
    await expect(restored).rejects.toMatchObject(incomplete)
    await expect(aws.createSnapshot('existing', 'other')).rejects.toMatchObject({
      name: 'InvalidReplicationGroupState',
    })
    aws.setBehaviour({})
    await aws.finishWaits()
    for (const [name, refusal] of [
      ['a--b', 'InvalidParameterValue'],
      ['1a', 'InvalidParameterValue'],
      ['slow', 'SnapshotAlreadyExistsFault'],
    ] as const) {
      await expect(aws.createSnapshot('existing', name)).rejects.toMatchObject({ name: refusal })
    }
    await aws.deleteSnapshot('slow')
    expect(aws.listSnapshots()).toEqual([])
  })
}
