import type { CacheCluster, ReplicationGroup } from '@aws-sdk/client-elasticache'
import { describe, expect, test } from 'vitest'
import { describedGroup } from '../../../../broker/platform/described-group.ts'

const group: ReplicationGroup = {
  ReplicationGroupId: 'cf-1',
  ARN: 'arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:cf-1',
  Description: 'of the test',
  Engine: 'redis',
  MemberClusters: ['cf-1-001'],
  NodeGroups: [{ NodeGroupId: '0001', PrimaryEndpoint: { Address: 'primary', Port: 6379 } }],
  ClusterEnabled: false,
  ClusterMode: 'disabled',
  AutomaticFailover: 'disabled',
  MultiAZ: 'disabled',
  AtRestEncryptionEnabled: true,
  DataTiering: 'disabled',
  SnapshotRetentionLimit: 1,
  SnapshotWindow: '03:00-04:00',
  IpDiscovery: 'ipv4',
  NetworkType: 'ipv4',
}
const cluster: CacheCluster = {
  CacheClusterStatus: 'available',
  EngineVersion: '6.2.6',
  CacheNodeType: 'cache.t3.micro',
  CacheParameterGroup: { CacheParameterGroupName: 'default.redis6.x' },
  CacheSubnetGroupName: 'default',
  SecurityGroups: [{ SecurityGroupId: 'sg-1' }],
  AuthTokenEnabled: true,
  TransitEncryptionEnabled: true,
  AutoMinorVersionUpgrade: true,
  PreferredMaintenanceWindow: 'sun:05:00-sun:06:00',
}

/** A description of what AWS has told in full and is not changing; the rest is left to a plan. */
export function describedGroups(): void {
  describe('a group', () => {
    test('of which all is told is described', () => {
      expect(describedGroup(group, cluster)).toMatchObject({
        replicationGroupId: 'cf-1',
        multiAZEnabled: false,
      })
    })

    test.each<[string, Partial<ReplicationGroup>, Partial<CacheCluster> | undefined]>([
      ['without its first node', {}, undefined],
      ['whose first node is busy', {}, { CacheClusterStatus: 'modifying' }],
      ['whose failover is being enabled', { AutomaticFailover: 'enabling' }, {}],
      ['without its windows', { SnapshotWindow: undefined }, {}],
      ['with a security group without an id', {}, { SecurityGroups: [{}] }],
      ['with a log that goes nowhere', { LogDeliveryConfigurations: [{ LogType: 'slow-log' }] }, {}],
    ])('%s is not', (_what, ofGroup, ofCluster) => {
      expect(
        describedGroup({ ...group, ...ofGroup }, ofCluster && { ...cluster, ...ofCluster }),
      ).toBeUndefined()
    })

    test.each([
      ['active', 'arn:topic'],
      ['inactive', undefined],
    ])('tells its topic only while that is used: %s', (TopicStatus, told) => {
      const NotificationConfiguration = { TopicArn: 'arn:topic', TopicStatus }
      expect(describedGroup(group, { ...cluster, NotificationConfiguration })?.notificationTopicArn).toBe(
        told,
      )
    })
  })
}
