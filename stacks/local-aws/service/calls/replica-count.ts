import { freeAddresses } from '../addresses.ts'
import { readBehaviour } from '../behaviour.ts'
import { transaction } from '../database.ts'
import { Fault } from '../faults.ts'
import { isRunning } from '../nodes.ts'
import { getGroup, listGroups } from '../records.ts'
import { changeGroup, requireAvailable, type Service, startModification } from '../service.ts'
import { checkFailover } from '../settings.ts'
import { checkNodeCount, nodeId } from './create-replication-group.ts'

interface ReplicaCountRequest {
  replicationGroupId: string
  /** Without the primary. */
  newReplicaCount: number
}

/** Nodes that have died count as missing: they are started again before new ones are added. */
export async function increaseReplicaCount(service: Service, request: ReplicaCountRequest): Promise<void> {
  const { database, directory } = service
  const id = request.replicationGroupId.toLowerCase()
  const wanted = request.newReplicaCount + 1
  checkNodeCount(wanted)
  const { nodes, port, ...group } = getGroup(database, id)
  const running = await Promise.all(
    nodes.map((node) => isRunning(directory, { ...group, nodes, port }, node)),
  )
  const dead = new Set(nodes.filter((_, i) => !running[i]).map((node) => node.id))
  const taken = new Set(listGroups(database).flatMap((other) => other.nodes.map(({ address }) => address)))
  const addresses = await freeAddresses(Math.max(0, wanted - nodes.length), port, taken).catch((error) => {
    throw new Fault('InsufficientCacheClusterCapacity', (error as Error).message)
  })

  const { modificationMilliseconds } = readBehaviour(database)
  await changeGroup(service, id, (current) => {
    requireAvailable(current)
    if (wanted < current.nodes.length || (wanted === current.nodes.length && dead.size === 0)) {
      throw new Fault('InvalidParameterValue', 'The new replica count must be greater than the current one.')
    }
    for (const node of current.nodes) if (dead.has(node.id)) node.wanted = 'start'
    for (const address of addresses) {
      current.nodes.push({ id: nodeId(id, nextNumber(current.nodes)), address, wanted: 'start' })
    }
    startModification(current, modificationMilliseconds)
  })
  const { statusReason } = transaction(database, () => getGroup(database, id))
  if (statusReason) throw new Fault('InsufficientCacheClusterCapacity', statusReason)
}

/** The newest replicas go first; the primary stays. */
export async function decreaseReplicaCount(service: Service, request: ReplicaCountRequest): Promise<void> {
  const wanted = request.newReplicaCount + 1
  checkNodeCount(wanted)
  const { modificationMilliseconds } = readBehaviour(service.database)
  await changeGroup(service, request.replicationGroupId.toLowerCase(), (group) => {
    requireAvailable(group)
    if (wanted >= group.nodes.length) {
      throw new Fault('InvalidParameterValue', 'The new replica count must be less than the current one.')
    }
    checkFailover(group.settings, wanted)
    for (const node of group.nodes.slice(wanted)) node.wanted = 'end'
    startModification(group, modificationMilliseconds)
  })
}

function nextNumber(nodes: { id: string }[]): number {
  return Math.max(0, ...nodes.map(({ id }) => Number(id.slice(-3)))) + 1
}
