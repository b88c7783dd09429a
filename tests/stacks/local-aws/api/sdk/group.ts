import {
  AddTagsToResourceCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DecreaseReplicaCountCommand,
  DeleteReplicationGroupCommand,
  DeleteSnapshotCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  type ElastiCacheClient,
  IncreaseReplicaCountCommand,
  ListTagsForResourceCommand,
  type LogDeliveryConfigurationRequest,
  type LogType,
  ModifyReplicationGroupCommand,
  RemoveTagsFromResourceCommand,
  TestFailoverCommand,
} from '@aws-sdk/client-elasticache'
import { describe, expect, test } from 'vitest'
import { groupRequest } from '../endpoint.ts'

/** @param id of a group that is there */
export function groupBySdk(client: () => ElastiCacheClient, id: string): void {
  const described = () => describedBy(id)
  const describedBy = async (ReplicationGroupId: string) =>
    (await client().send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))).ReplicationGroups?.[0]
  const arn = `arn:aws:elasticache:us-east-1:000000000000:replicationgroup:${id}`

  describe('a group, by the SDK', () => {
    test('delivers its logs, each type until it is disabled', async () => {
      const change = async (...LogDeliveryConfigurations: LogDeliveryConfigurationRequest[]) => {
        await client().send(
          new ModifyReplicationGroupCommand({
            ReplicationGroupId: id,
            ApplyImmediately: true,
            LogDeliveryConfigurations,
          }),
        )
        return (await described())?.LogDeliveryConfigurations?.map(({ LogType }) => LogType)
      }
      const log = (LogType: LogType): LogDeliveryConfigurationRequest => ({
        LogType,
        LogFormat: 'json',
        DestinationType: 'cloudwatch-logs',
        DestinationDetails: { CloudWatchLogsDetails: { LogGroup: LogType } },
        Enabled: true,
      })
      expect(await change(log('slow-log'))).toEqual(['slow-log'])
      expect(await change(log('engine-log'))).toEqual(['engine-log', 'slow-log'])
      expect(await change({ LogType: 'slow-log', Enabled: false })).toEqual(['engine-log'])
      expect(await change({ LogType: 'engine-log', Enabled: false })).toEqual([])
    })

    test('is created and described as AWS does it', async () => {
      expect(await described()).toMatchObject({
        ReplicationGroupId: id,
        Status: 'available',
        ARN: arn,
        MemberClusters: [`${id}-001`],
        AuthTokenEnabled: true,
        AuthTokenLastModifiedDate: expect.any(Date),
        ClusterEnabled: false,
        NodeGroups: [
          {
            NodeGroupId: '0001',
            PrimaryEndpoint: { Address: expect.stringMatching(/^127\./), Port: 6379 },
            NodeGroupMembers: [{ CacheClusterId: `${id}-001`, CurrentRole: 'primary' }],
          },
        ],
      })
      const clusters = await client().send(
        new DescribeCacheClustersCommand({ CacheClusterId: `${id}-001`, ShowCacheNodeInfo: true }),
      )
      expect(clusters.CacheClusters).toMatchObject([
        {
          EngineVersion: '6.2.6',
          ReplicationGroupId: id,
          SecurityGroups: [{ SecurityGroupId: 'sg-00000000000000000' }],
          CacheNodes: [{ CacheNodeId: '0001', Endpoint: { Port: 6379 } }],
        },
      ])
    })

    test('is changed: settings, tokens, nodes, the primary role', async () => {
      const id = 'changed'
      await client().send(new CreateReplicationGroupCommand(groupRequest(id)))
      const described = () => describedBy(id)
      const modify = { ReplicationGroupId: id, ApplyImmediately: true }
      const AuthToken = 'another-token-of-a-test-0123456789'
      const before = (await described())?.AuthTokenLastModifiedDate
      await client().send(
        new ModifyReplicationGroupCommand({ ...modify, AuthToken, AuthTokenUpdateStrategy: 'ROTATE' }),
      )
      expect((await described())?.AuthTokenLastModifiedDate).not.toEqual(before)
      await client().send(new ModifyReplicationGroupCommand({ ...modify, SnapshotRetentionLimit: 2 }))
      const replicas = { ReplicationGroupId: id, ApplyImmediately: true }
      await client().send(new IncreaseReplicaCountCommand({ ...replicas, NewReplicaCount: 1 }))
      await client().send(new ModifyReplicationGroupCommand({ ...modify, AutomaticFailoverEnabled: true }))
      await client().send(new TestFailoverCommand({ ReplicationGroupId: id, NodeGroupId: '0001' }))
      const group = await described()
      expect(group).toMatchObject({ SnapshotRetentionLimit: 2, AutomaticFailover: 'enabled' })
      expect(group?.NodeGroups?.[0]?.NodeGroupMembers?.map(({ CurrentRole }) => CurrentRole)).toEqual([
        'replica',
        'primary',
      ])
      await client().send(new ModifyReplicationGroupCommand({ ...modify, AutomaticFailoverEnabled: false }))
      await client().send(new DecreaseReplicaCountCommand({ ...replicas, NewReplicaCount: 0 }))
      expect((await described())?.MemberClusters).toHaveLength(1)
    })

    test('has tags, which come and go', async () => {
      const tags = async () =>
        (await client().send(new ListTagsForResourceCommand({ ResourceName: arn }))).TagList ?? []
      expect(await tags()).toEqual([{ Key: 'Owner', Value: 'some body' }])
      await client().send(
        new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'a', Value: 'b' }] }),
      )
      await client().send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: ['Owner'] }))
      expect(await tags()).toEqual([{ Key: 'a', Value: 'b' }])
    })

    test('has snapshots, which outlive it', async () => {
      const id = 'short-lived'
      await client().send(new CreateReplicationGroupCommand(groupRequest(id)))
      await client().send(new CreateSnapshotCommand({ ReplicationGroupId: id, SnapshotName: 'before' }))
      const snapshots = async () => (await client().send(new DescribeSnapshotsCommand({}))).Snapshots
      expect(await snapshots()).toMatchObject([{ SnapshotName: 'before', ReplicationGroupId: id }])
      await client().send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }))
      await expect(describedBy(id)).rejects.toMatchObject({ name: 'ReplicationGroupNotFoundFault' })
      await client().send(new DeleteSnapshotCommand({ SnapshotName: 'before' }))
      expect(await snapshots()).toEqual([])
    })
  })
}
