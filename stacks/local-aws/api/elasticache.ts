import type { ElastiCache } from '../service/elasticache.ts'
import { failover } from '../service/failover.ts'
import { Fault } from '../service/faults.ts'
import { listGroups } from '../service/records.ts'
import { SUBNET_GROUPS } from '../service/settings.ts'
import type { ReplicationGroup } from '../service/types.ts'
import type { Action } from './action.ts'
import { page } from './pages.ts'
import { parameterGroupActions } from './parameter-groups.ts'
import type { Query } from './query.ts'
import { createRequest, modifyRequest, tagsIn } from './requests.ts'
import { cacheClusterShape, replicationGroupShape, subnetGroupShape, tagsShape } from './shapes.ts'
import type { Caller } from './signature.ts'
import { snapshotActions } from './snapshots.ts'
import { list } from './xml.ts'

/** The actions of ElastiCache, version 2015-02-02, as far as this service has them. */
export function elastiCacheActions(elastiCache: ElastiCache): Record<string, Action> {
  /** As on AWS, a region knows nothing of the groups of another one. */
  async function groupsOf({ region }: Caller, id?: string): Promise<ReplicationGroup[]> {
    const groups = await elastiCache.describeReplicationGroups(
      id === undefined ? {} : { replicationGroupId: id },
    )
    const here = groups.filter((group) => group.region === region)
    if (id !== undefined && here.length === 0) {
      throw new Fault('ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`)
    }
    return here
  }

  /** The records of a region, before anybody looks how it is: a page needs only its own. */
  const recordsOf = ({ region }: Caller) =>
    listGroups(elastiCache.service.database).filter((group) => group.region === region)

  async function among(ids: string[]): Promise<ReplicationGroup[]> {
    const groups = await elastiCache.describeReplicationGroups({ among: ids })
    return groups.toSorted((one, other) => (one.replicationGroupId < other.replicationGroupId ? -1 : 1))
  }

  /** The answer to a change: the group as it is from now on. */
  async function changed(query: Query, caller: Caller, change: () => unknown): Promise<object> {
    const id = query.required('ReplicationGroupId')
    await groupsOf(caller, id)
    await change()
    const [group] = await groupsOf(caller, id).catch(() => [])
    return group ? { ReplicationGroup: replicationGroupShape(group) } : {}
  }

  const tags = async (resourceName: string) =>
    tagsShape(await elastiCache.listTagsForResource({ resourceName }))

  return {
    async DescribeReplicationGroups(query, caller) {
      const id = query.text('ReplicationGroupId')
      if (id !== undefined) return groupsShape(await groupsOf(caller, id))
      const { items, Marker } = page(query, recordsOf(caller), (group) => group.id)
      return { Marker, ...groupsShape(await among(items.map((group) => group.id))) }
    },

    async DescribeCacheClusters(query, caller) {
      const id = query.text('CacheClusterId')?.toLowerCase()
      const details = query.flag('ShowCacheNodeInfo') ?? false
      const nodes = recordsOf(caller).flatMap((group) =>
        group.nodes.map((node) => ({ ...node, group: group.id })),
      )
      const asked = id === undefined ? nodes : nodes.filter((node) => node.id === id)
      const { items, Marker } = page(query, asked, (node) => node.id)
      const groups = await among([...new Set(items.map(({ group }) => group))])
      const ids = new Set(items.map((node) => node.id))
      const shapes = groups.flatMap((group) =>
        group.nodeGroups
          .flatMap(({ nodeGroupMembers }) => nodeGroupMembers)
          .filter(({ cacheClusterId }) => ids.has(cacheClusterId))
          .map((member) => cacheClusterShape(group, member, details)),
      )
      if (id !== undefined && shapes.length === 0) {
        throw new Fault('CacheClusterNotFound', `CacheCluster ${id} not found.`)
      }
      return { Marker, CacheClusters: list('CacheCluster', shapes) }
    },

    async CreateReplicationGroup(query, caller) {
      const request = createRequest(query, caller.region)
      await elastiCache.createReplicationGroup(request)
      const [group] = await groupsOf(caller, request.replicationGroupId)
      return { ReplicationGroup: group && replicationGroupShape(group) }
    },
    ModifyReplicationGroup: (query, caller) =>
      changed(query, caller, () => elastiCache.modifyReplicationGroup(modifyRequest(query))),
    IncreaseReplicaCount: (query, caller) =>
      changed(query, caller, () => elastiCache.increaseReplicaCount(replicaCount(query))),
    DecreaseReplicaCount: (query, caller) =>
      changed(query, caller, () => elastiCache.decreaseReplicaCount(replicaCount(query))),
    DeleteReplicationGroup: (query, caller) =>
      changed(query, caller, () => {
        const finalSnapshotIdentifier = query.text('FinalSnapshotIdentifier')
        return elastiCache.deleteReplicationGroup({
          replicationGroupId: query.required('ReplicationGroupId'),
          ...(finalSnapshotIdentifier ? { finalSnapshotIdentifier } : {}),
        })
      }),

    TestFailover: (query, caller) =>
      changed(query, caller, () => failover(elastiCache.service, query.required('ReplicationGroupId'))),

    ...snapshotActions(elastiCache, groupsOf),

    ListTagsForResource: (query) => tags(query.required('ResourceName')),
    async AddTagsToResource(query) {
      const resourceName = query.required('ResourceName')
      await elastiCache.addTagsToResource({ resourceName, tags: tagsIn(query) })
      return tags(resourceName)
    },
    async RemoveTagsFromResource(query) {
      const resourceName = query.required('ResourceName')
      const tagKeys = query.texts('TagKeys', 'member') ?? []
      await elastiCache.removeTagsFromResource({ resourceName, tagKeys })
      return tags(resourceName)
    },

    DescribeCacheSubnetGroups(query, { region }) {
      const name = query.text('CacheSubnetGroupName')
      const found = SUBNET_GROUPS.filter((one) => name === undefined || one === name)
      if (found.length === 0) {
        throw new Fault('CacheSubnetGroupNotFoundFault', `Cache Subnet Group ${name} does not exist.`)
      }
      return {
        CacheSubnetGroups: list(
          'CacheSubnetGroup',
          found.map((one) => subnetGroupShape(one, region)),
        ),
      }
    },
    ...parameterGroupActions(elastiCache),

    // AWS's updates of the service itself: there are none here.
    DescribeServiceUpdates: () => ({ ServiceUpdates: {} }),
    DescribeUpdateActions: () => ({ UpdateActions: {} }),
  }
}

function groupsShape(groups: ReplicationGroup[]): object {
  return { ReplicationGroups: list('ReplicationGroup', groups.map(replicationGroupShape)) }
}

function replicaCount(query: Query) {
  const newReplicaCount = query.integer('NewReplicaCount')
  if (newReplicaCount === undefined) {
    throw new Fault('InvalidParameterCombination', 'NewReplicaCount or ReplicaConfiguration must be given.')
  }
  return { replicationGroupId: query.required('ReplicationGroupId'), newReplicaCount }
}
