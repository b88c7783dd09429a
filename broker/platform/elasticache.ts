import {
  AddTagsToResourceCommand,
  type ReplicationGroup as AwsReplicationGroup,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  type ElastiCacheClientConfig,
  ListTagsForResourceCommand,
  ModifyReplicationGroupCommand,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache'
import {
  ResourceGroupsTaggingAPIClient,
  type ResourceGroupsTaggingAPIClientConfig,
} from '@aws-sdk/client-resource-groups-tagging-api'
import { CloudWatch } from './cloudwatch.ts'
import { groupAnswers } from './group-answers.ts'
import { lookBeside } from './look-beside.ts'
import type { Aws, ReplicationGroup } from './platform.ts'
import { unlessGone, unlessNoCluster, unlessUntold } from './refusals.ts'
import { refuseHtml } from './refuse-html.ts'
import { snapshotCalls } from './snapshots.ts'

/** The calls of ElastiCache. @param access as `awsClient` makes it */
export function elastiCache(access: ElastiCacheClientConfig): Aws {
  const client = new ElastiCacheClient(access)
  refuseHtml(client)
  const tagging = new ResourceGroupsTaggingAPIClient(access as ResourceGroupsTaggingAPIClientConfig)
  const cloudWatch = new CloudWatch(access)
  const options = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

  return {
    async replicationGroup(id, signal) {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id })
      const answer = await unlessGone(client.send(command, options(signal)))
      return answer?.ReplicationGroups?.map(groupOf)[0]
    },
    async replicationGroups(signal) {
      const all: ReplicationGroup[] = []
      for await (const page of paginateDescribeReplicationGroups({ client }, {}, options(signal))) {
        all.push(...(page.ReplicationGroups ?? []).map(groupOf))
      }
      return all
    },
    async tags({ arn }, signal) {
      const command = new ListTagsForResourceCommand({ ResourceName: arn })
      const answer = await unlessUntold(client.send(command, options(signal)))
      const pairs = answer?.TagList?.map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const)
      return answer && Object.fromEntries(pairs ?? [])
    },
    async addTags({ arn }, tags, signal) {
      const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
      await client.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: list }), options(signal))
    },
    async engineVersion({ members: [member] }, signal) {
      if (member === undefined) return undefined
      const command = new DescribeCacheClustersCommand({ CacheClusterId: member })
      const answer = await unlessNoCluster(client.send(command, options(signal)))
      return answer?.CacheClusters?.[0]?.EngineVersion
    },
    async changeToken(id, token, strategy, signal) {
      const command = new ModifyReplicationGroupCommand({
        ReplicationGroupId: id,
        AuthToken: token,
        AuthTokenUpdateStrategy: strategy,
        // AWS takes a new token in no other way.
        ApplyImmediately: true,
      })
      await client.send(command, options(signal))
    },
    async deleteReplicationGroup(id, signal) {
      await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }), options(signal))
    },
    ...snapshotCalls(client),
    answers: (tagged, signal) => groupAnswers({ client, tagging }, tagged, signal),
    beside: (signal) => lookBeside({ client, tagging, cloudWatch }, signal),
    async close() {
      client.destroy()
      tagging.destroy()
      cloudWatch.destroy()
    },
  }
}

function groupOf(group: AwsReplicationGroup): ReplicationGroup {
  return {
    id: group.ReplicationGroupId ?? '',
    arn: group.ARN ?? '',
    status: group.Status ?? '',
    sharded: group.ClusterEnabled ?? false,
    nodeType: group.CacheNodeType ?? '',
    members: group.MemberClusters ?? [],
    tokenChangedAt: group.AuthTokenLastModifiedDate?.toISOString() ?? null,
    tokenChanging: group.PendingModifiedValues?.AuthTokenStatus !== undefined,
  }
}
