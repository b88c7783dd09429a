import {
  type ReplicationGroup as AwsReplicationGroup,
  DeleteReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache'
import type { Platform, ReplicationGroup } from './platform.ts'
import { unlessGone, unlessUntold } from './refusals.ts'

/** What AWS itself knows of replication groups, with the same credentials that terraform uses. */
export function elastiCache(
  region: string,
): Pick<Platform, 'replicationGroup' | 'replicationGroups' | 'deleteReplicationGroup' | 'close'> {
  const client = new ElastiCacheClient({ region })

  async function withTags(groups: AwsReplicationGroup[] = []): Promise<ReplicationGroup[]> {
    const found: ReplicationGroup[] = []
    for (const { ReplicationGroupId: id, Status: status, ARN } of groups) {
      if (id && status) found.push({ id, status, tags: ARN ? await tagsOf(ARN) : undefined })
    }
    return found
  }

  async function tagsOf(arn: string): Promise<ReplicationGroup['tags']> {
    const answer = await unlessUntold(client.send(new ListTagsForResourceCommand({ ResourceName: arn })))
    const pairs = answer?.TagList?.map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const)
    return answer && Object.fromEntries(pairs ?? [])
  }

  return {
    async replicationGroup(id) {
      const answer = await unlessGone(
        client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id })),
      )
      const [group] = await withTags(answer?.ReplicationGroups)
      return group
    },
    async replicationGroups() {
      const all: ReplicationGroup[] = []
      for await (const page of paginateDescribeReplicationGroups({ client }, {})) {
        all.push(...(await withTags(page.ReplicationGroups)))
      }
      return all
    },
    async deleteReplicationGroup(id) {
      await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }))
    },
    close: () => client.destroy(),
  }
}
