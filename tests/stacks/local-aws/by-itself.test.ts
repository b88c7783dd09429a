import { describe, expect, test } from 'vitest'
import type { ElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import type { FaultName } from '../../../stacks/local-aws/service/faults.ts'
import { withInjections } from '../../../stacks/local-aws/service/injection.ts'
import { failover } from './by-itself/failover.ts'
import { replacement } from './by-itself/replacement.ts'
import { aws, elastiCache, group, make, run } from './by-itself/site.ts'

/** The work that AWS does without being asked. */
failover()
replacement()

test('a node that starts again is waited for until it has read all its data', async () => {
  const script = "for i = 1, 500000 do redis.call('SET', i, i) end"
  await run('single', 'primaryEndpoint', 'EVAL', script, '0')
  await aws.stop()
  await aws.start()
  expect((await group('single')).statusReason).toBe(undefined)
  expect(await run('single', 'primaryEndpoint', 'DBSIZE')).toBe(500_000)
  await run('single', 'primaryEndpoint', 'FLUSHALL')
})

describe('an automatic minor version upgrade', () => {
  test.each([
    ['6.0', undefined, '6.2', '6.2.6'],
    ['7.0', true, '7.1', '7.1.0'],
    ['6.0', false, undefined, '6.0.5'],
    ['6.x', true, undefined, '6.2.6'],
    ['7.1', true, undefined, '7.1.0'],
    ['5.0.6', true, undefined, '5.0.6'],
  ])('of %s, with the setting %s, leads to %s', async (engineVersion, setting, newer, actual) => {
    const id = 'ageing'
    await make(id, {
      engineVersion,
      ...(setting === undefined ? {} : { autoMinorVersionUpgrade: setting }),
    })
    await run(id, 'primaryEndpoint', 'SET', 'kept', 'yes')
    expect(await aws.upgradeMinorVersion(id)).toBe(newer)
    expect(await group(id)).toMatchObject({ engineVersion: actual, status: 'available' })
    expect(await run(id, 'primaryEndpoint', 'GET', 'kept')).toBe('yes')
    await aws.deleteReplicationGroup(id)
  })
})

test.each(['snapshotting', 'modifying'] as const)(
  'a group that is %s takes no change and no deletion until that is over',
  async (status) => {
    await aws.keepBusy('single', status, 60_000)
    const busy = await group('single')
    expect(busy).toMatchObject({ status, nodeGroups: [{ status }] })
    const refusal = { name: 'InvalidReplicationGroupState' }
    await expect(aws.modifyReplicationGroup('single', { snapshotRetentionLimit: 1 })).rejects.toMatchObject(
      refusal,
    )
    await expect(aws.listTags(busy.arn)).rejects.toMatchObject(refusal)
    await expect(aws.keepBusy('single', status, 1)).rejects.toMatchObject(refusal)
    await expect(aws.deleteReplicationGroup('single')).rejects.toMatchObject(refusal)
    expect(await run('single', 'primaryEndpoint', 'PING')).toBe('PONG')
    await aws.finishWaits()
    expect(await group('single')).toMatchObject({ status: 'available' })
  },
)

test('a creation can fail late: it is taken, goes on for a while, and comes to nothing', async () => {
  aws.setBehaviour({ creationMilliseconds: 60_000, creationFailures: [{ times: 1, reason: 'No room.' }] })
  await make('late', { numCacheClusters: 2 })
  const creating = await group('late')
  expect(creating).toMatchObject({ status: 'creating', memberClusters: [], nodeGroups: [] })
  expect(creating.statusReason).toBe(undefined)
  await aws.finishWaits()
  const failed = await group('late')
  expect(failed).toMatchObject({ status: 'create-failed', statusReason: 'No room.' })
  expect(failed.primaryEndpoint).toBe(undefined)
  await expect(make('late')).rejects.toMatchObject({ name: 'ReplicationGroupAlreadyExists' })
  await aws.deleteReplicationGroup('late')
  await make('late')
  await aws.finishWaits()
  expect(await group('late')).toMatchObject({ status: 'available' })
  await aws.deleteReplicationGroup('late')
})

test.each<[FaultName, keyof ElastiCache, object]>([
  ['InvalidCacheClusterState', 'modifyReplicationGroup', { snapshotRetentionLimit: 1 }],
  ['InvalidCacheClusterState', 'increaseReplicaCount', { newReplicaCount: 1 }],
  ['TagQuotaPerResourceExceeded', 'addTagsToResource', { tags: { a: 'b' } }],
  ['SnapshotQuotaExceededFault', 'createSnapshot', { snapshotName: 'refused' }],
  ['SnapshotQuotaExceededFault', 'deleteReplicationGroup', { finalSnapshotIdentifier: 'refused' }],
])('%s can be what %s answers, and nothing is done then', async (fault, call, request) => {
  const before = await group('single')
  aws.setBehaviour({ faults: [{ call, fault, times: 1 }] })
  const injected = withInjections(elastiCache, false)[call] as (request: object) => Promise<unknown>
  const answer = injected({ replicationGroupId: 'single', ...request })
  await expect(answer).rejects.toMatchObject({ name: fault, text: `${fault}: injected by a test` })
  expect(await group('single')).toEqual(before)
  expect(aws.listSnapshots()).toEqual([])
})
