import {
  type CacheCluster,
  type ElastiCacheClient,
  paginateDescribeCacheClusters,
  paginateDescribeReplicationGroups,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache'
import {
  paginateGetResources,
  type ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api'
import { describedGroup, firstMember } from './described-group.ts'
import type { GroupAnswers, Tags } from './platform.ts'
import { ownTags } from './tags-of.ts'

interface Clients {
  client: ElastiCacheClient
  tagging: ResourceGroupsTaggingAPIClient
}

/** The most that AWS tells in a page. */
const pageSize = 100

/** A group's answer comes together of three: its own, that of its first member, as for Terraform, and its tags. */
export async function groupAnswers(
  clients: Clients,
  tagged: Tags,
  signal: AbortSignal | undefined,
): Promise<Map<string, GroupAnswers>> {
  const failure = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const [groups, clusters, tags] = await Promise.all([
    allGroups(clients.client, stop),
    allClusters(clients.client, stop),
    allTags(clients.tagging, tagged, stop),
  ]).catch((error) => {
    failure.abort()
    throw error
  })
  return new Map(
    groups.map((group) => [
      group.ReplicationGroupId ?? '',
      {
        status: group.Status ?? '',
        group: describedGroup(group, clusters.get(firstMember(group) ?? '')),
        tags: tags.get(group.ARN ?? ''),
      },
    ]),
  )
}

async function allGroups(client: ElastiCacheClient, abortSignal: AbortSignal): Promise<ReplicationGroup[]> {
  const all: ReplicationGroup[] = []
  const pages = paginateDescribeReplicationGroups({ client, pageSize }, {}, { abortSignal })
  for await (const page of pages) all.push(...(page.ReplicationGroups ?? []))
  return all
}

async function allClusters(client: ElastiCacheClient, abortSignal: AbortSignal) {
  const all = new Map<string, CacheCluster>()
  const pages = paginateDescribeCacheClusters({ client, pageSize }, {}, { abortSignal })
  for await (const { CacheClusters = [] } of pages) {
    for (const cluster of CacheClusters) all.set(cluster.CacheClusterId ?? '', cluster)
  }
  return all
}

/** By ARN. */
async function allTags(client: ResourceGroupsTaggingAPIClient, tagged: Tags, abortSignal: AbortSignal) {
  const all = new Map<string, Tags>()
  const request = {
    ResourceTypeFilters: ['elasticache:replicationgroup'],
    TagFilters: Object.entries(tagged).map(([Key, value]) => ({ Key, Values: [value] })),
    ResourcesPerPage: pageSize,
  }
  const pages = paginateGetResources({ client, pageSize }, request, { abortSignal })
  for await (const { ResourceTagMappingList = [] } of pages) {
    for (const { ResourceARN = '', Tags = [] } of ResourceTagMappingList) all.set(ResourceARN, ownTags(Tags))
  }
  return all
}
