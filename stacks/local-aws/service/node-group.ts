import { Fault } from './faults.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import type { NodeGroup, NodeGroupMember, ReplicationGroupStatus } from './types.ts'

/** The number of the only node group, and of the only node of each member. */
const FIRST = '0001'
const ZONES = 'abc'

/** The node group of a group, of which `members` are there. */
export function nodeGroupOf(
  group: GroupRecord,
  members: NodeRecord[],
  status: ReplicationGroupStatus,
): NodeGroup {
  const [primary] = group.nodes
  return {
    nodeGroupId: FIRST,
    status,
    ...endpointsOf(group, status),
    nodeGroupMembers: inOrder(members).map(
      (node): NodeGroupMember => ({
        cacheClusterId: node.id,
        cacheNodeId: FIRST,
        readEndpoint: { address: node.address, port: group.port },
        preferredAvailabilityZone: zoneOf(group, node),
        currentRole: node.id === primary?.id ? 'primary' : 'replica',
      }),
    ),
  }
}

export function inOrder(nodes: NodeRecord[]): NodeRecord[] {
  return nodes.toSorted((a, b) => a.id.localeCompare(b.id))
}

/**
 * As on AWS, there are none before the group is available, and they keep their names when nodes die. Readers get one replica here, the one that stays the
 * longest; without replicas they are sent to the primary.
 */
export function endpointsOf(
  { nodes: [primary, replica], port }: GroupRecord,
  status: ReplicationGroupStatus,
): Pick<NodeGroup, 'primaryEndpoint' | 'readerEndpoint'> {
  if (!primary || status === 'creating' || status === 'create-failed') return {}
  return {
    primaryEndpoint: { address: primary.address, port },
    readerEndpoint: { address: (replica ?? primary).address, port },
  }
}

/** Nodes are spread over the zones of the region; one keeps its zone for as long as it is there. */
function zoneOf({ region, zones }: GroupRecord, { id }: NodeRecord): string {
  const index = Number(id.slice(-3)) - 1
  return zones?.[index] ?? region + ZONES.charAt(index % ZONES.length)
}

/** Of a new group. */
export function checkZones({ region, zones }: GroupRecord, nodes: number): void {
  if (!zones) return
  if (zones.length !== nodes) {
    throw new Fault(
      'InvalidParameterValue',
      `PreferredCacheClusterAZs must name a zone for each of the ${nodes} nodes.`,
    )
  }
  const unknown = zones.find((zone) => ![...ZONES].some((letter) => zone === region + letter))
  if (unknown) throw new Fault('InvalidParameterValue', `${unknown} is not a valid availability zone.`)
}
