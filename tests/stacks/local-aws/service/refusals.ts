import { expect, test } from 'vitest'
import type { CreateReplicationGroupRequest } from '../../../../stacks/local-aws/service/types.ts'
import { change, elastiCache, request, token } from './site.ts'

export function refusals(): void {
  test.each<[string, Partial<CreateReplicationGroupRequest>, string]>([
    ['an id of 41 characters', { replicationGroupId: 'a'.repeat(41) }, 'InvalidParameterValue'],
    ['an id that starts with a digit', { replicationGroupId: '1a' }, 'InvalidParameterValue'],
    ['an id with two hyphens in a row', { replicationGroupId: 'a--b' }, 'InvalidParameterValue'],
    ['an id with a hyphen at its end', { replicationGroupId: 'a-' }, 'InvalidParameterValue'],
    ['an id that is taken', { replicationGroupId: 'EXISTING' }, 'ReplicationGroupAlreadyExists'],
    ['an empty description', { replicationGroupDescription: ' ' }, 'InvalidParameterValue'],
    ['a token of 15 characters', { authToken: 'x'.repeat(15) }, 'InvalidParameterValue'],
    ['a token of 129 characters', { authToken: 'x'.repeat(129) }, 'InvalidParameterValue'],
    ['a token with an @', { authToken: 'aaaaaaaaaaaaaaaa@' }, 'InvalidParameterValue'],
    ['a token without TLS', { transitEncryptionEnabled: false }, 'InvalidParameterCombination'],
    ['an unknown engine version', { engineVersion: '9.9' }, 'InvalidParameterCombination'],
    ['a patch level', { engineVersion: '6.2.6' }, 'InvalidParameterCombination'],
    ['an unknown node type', { cacheNodeType: 'cache.t3.nano' }, 'InvalidParameterValue'],
    ['no node', { numCacheClusters: 0 }, 'InvalidParameterValue'],
    ['seven nodes', { numCacheClusters: 7 }, 'InvalidParameterValue'],
    ['failover without a replica', { automaticFailoverEnabled: true }, 'InvalidParameterCombination'],
    [
      'Multi-AZ without failover',
      { multiAZEnabled: true, numCacheClusters: 2 },
      'InvalidParameterCombination',
    ],
    ['an unknown subnet group', { cacheSubnetGroupName: 'nowhere' }, 'CacheSubnetGroupNotFoundFault'],
    ['an unknown security group', { securityGroupIds: ['sg-1'] }, 'InvalidParameterValue'],
    ['an unknown parameter group', { cacheParameterGroupName: 'mine' }, 'CacheParameterGroupNotFound'],
    [
      'a parameter group of another family',
      { cacheParameterGroupName: 'default.redis7' },
      'InvalidParameterCombination',
    ],
    [
      'a zone for one node of two',
      { numCacheClusters: 2, preferredCacheClusterAZs: ['eu-west-1a'] },
      'InvalidParameterValue',
    ],
    ['a zone of another region', { preferredCacheClusterAZs: ['us-east-1a'] }, 'InvalidParameterValue'],
    ['-1 days of snapshots', { snapshotRetentionLimit: -1 }, 'InvalidParameterValue'],
    ['36 days of snapshots', { snapshotRetentionLimit: 36 }, 'InvalidParameterValue'],
    ['a snapshot window of 59 minutes', { snapshotWindow: '06:00-06:59' }, 'InvalidParameterValue'],
    ['a snapshot window at 25:00', { snapshotWindow: '25:00-26:00' }, 'InvalidParameterValue'],
    ['windows that overlap', { snapshotWindow: '06:30-07:30' }, 'InvalidParameterCombination'],
    [
      'windows that overlap over the end of the week',
      { snapshotWindow: '23:30-00:30', preferredMaintenanceWindow: 'sun:23:00-mon:00:15' },
      'InvalidParameterCombination',
    ],
    [
      'a window over the end of the week that overlaps the first day',
      { snapshotWindow: '00:00-01:00', preferredMaintenanceWindow: 'sun:23:00-mon:00:30' },
      'InvalidParameterCombination',
    ],
    [
      'a window on the first day that overlaps the night before',
      { snapshotWindow: '23:30-00:30', preferredMaintenanceWindow: 'mon:00:15-mon:01:15' },
      'InvalidParameterCombination',
    ],
    [
      'a maintenance window of two days',
      { preferredMaintenanceWindow: 'mon:00:00-wed:00:00' },
      'InvalidParameterValue',
    ],
    ['cluster mode', { clusterMode: 'enabled' }, 'InvalidParameterCombination'],
    ['two node groups', { numNodeGroups: 2 }, 'InvalidParameterCombination'],
    ['another engine', { engine: 'valkey' }, 'InvalidParameterCombination'],
    ['discovery over IPv6', { ipDiscovery: 'ipv6' }, 'InvalidParameterCombination'],
  ])('a create with %s is refused', async (_, changes, name) => {
    await expect(elastiCache.createReplicationGroup(request(changes))).rejects.toMatchObject({ name })
    expect(await elastiCache.describeReplicationGroups({})).toHaveLength(1)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['nothing at all', () => change({}), 'InvalidParameterCombination'],
    ['an older version', () => change({ engineVersion: '5.0.6' }), 'InvalidParameterCombination'],
    [
      'a token that waits for the maintenance window',
      () => change({ authToken: token, applyImmediately: false }),
      'InvalidParameterCombination',
    ],
    ['windows that overlap', () => change({ snapshotWindow: '07:30-08:30' }), 'InvalidParameterCombination'],
    ['discovery over IPv6', () => change({ ipDiscovery: 'ipv6' }), 'InvalidParameterCombination'],
    [
      'a group that is not there',
      () => change({ replicationGroupId: 'absent', snapshotRetentionLimit: 1 }),
      'ReplicationGroupNotFoundFault',
    ],
    [
      'six replicas',
      () => elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 6 }),
      'InvalidParameterValue',
    ],
    [
      'as many replicas as there are',
      () => elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 1 }),
      'InvalidParameterValue',
    ],
    [
      'as few replicas as there are',
      () => elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 1 }),
      'InvalidParameterValue',
    ],
    [
      'fewer nodes than failover needs',
      () => elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 0 }),
      'InvalidParameterCombination',
    ],
    [
      'more replicas by a decrease',
      () => elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 2 }),
      'InvalidParameterValue',
    ],
  ])('a change to %s is refused', async (_, call, name) => {
    await expect(call()).rejects.toMatchObject({ name })
    expect(await elastiCache.describeReplicationGroups({})).toMatchObject([{ status: 'available' }])
  })
}
