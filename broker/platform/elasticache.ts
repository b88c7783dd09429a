import {
  type ReplicationGroup as AwsReplicationGroup,
  DeleteReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache'
import type { Platform, ReplicationGroup } from './platform.ts'

/** What AWS itself knows of replication groups, with the same credentials that terraform uses. */
export function elastiCache(
  region: string,
): Pick<Platform, 'replicationGroup' | 'replicationGroups' | 'deleteReplicationGroup' | 'close'> {
  const client = new ElastiCacheClient({ region })

  /** Groups that end between two calls are left out. */
  async function withTags(groups: AwsReplicationGroup[] = []): Promise<ReplicationGroup[]> {
    const found: ReplicationGroup[] = []
    for (const { ReplicationGroupId: id, Status: status, ARN } of groups) {
      if (!id || !status || !ARN) continue
      const tags = await unlessGone(client.send(new ListTagsForResourceCommand({ ResourceName: ARN })))
      if (!tags) continue
      const pairs = (tags.TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const)
      found.push({ id, status, tags: Object.fromEntries(pairs) })
    }
    return found
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

/** AWS says so when it does not know a group (any more); a group in creation may have no tags yet. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (['ReplicationGroupNotFoundFault', 'InvalidARNFault'].includes((error as Error).name)) return undefined
    throw error
  }
}
