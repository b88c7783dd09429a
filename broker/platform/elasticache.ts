import {
  type ReplicationGroup as AwsReplicationGroup,
  DeleteReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache'
import { awsClient, type Patience } from './aws-client.ts'
import type { Platform, ReplicationGroup } from './platform.ts'
import { unlessGone, unlessUntold } from './refusals.ts'

/** What AWS itself knows of replication groups, with the same credentials that terraform uses. */
export function elastiCache(
  region: string,
  patience?: Patience,
): Pick<Platform, 'replicationGroup' | 'replicationGroups' | 'deleteReplicationGroup' | 'close'> {
  const client = new ElastiCacheClient(awsClient(region, patience))
  const options = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

  async function withTags(
    groups: AwsReplicationGroup[] = [],
    signal: AbortSignal | undefined,
  ): Promise<ReplicationGroup[]> {
    const found: ReplicationGroup[] = []
    for (const { ReplicationGroupId: id, Status: status, ARN, ClusterEnabled: sharded = false } of groups) {
      if (id && status) found.push({ id, status, tags: ARN ? await tagsOf(ARN, signal) : undefined, sharded })
    }
    return found
  }

  async function tagsOf(arn: string, signal: AbortSignal | undefined): Promise<ReplicationGroup['tags']> {
    const command = new ListTagsForResourceCommand({ ResourceName: arn })
    const answer = await unlessUntold(client.send(command, options(signal)))
    const pairs = answer?.TagList?.map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const)
    return answer && Object.fromEntries(pairs ?? [])
  }

  return {
    async replicationGroup(id, signal) {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id })
      const answer = await unlessGone(client.send(command, options(signal)))
      const [group] = await withTags(answer?.ReplicationGroups, signal)
      return group
    },
    async replicationGroups(signal) {
      const all: ReplicationGroup[] = []
      for await (const page of paginateDescribeReplicationGroups({ client }, {}, options(signal))) {
        all.push(...(await withTags(page.ReplicationGroups, signal)))
      }
      return all
    },
    async deleteReplicationGroup(id, signal) {
      await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }), options(signal))
    },
    close: () => client.destroy(),
  }
}
