import type { DatabaseSync } from 'node:sqlite'
import { freeAddresses } from '../addresses.ts'
import { readBehaviour } from '../behaviour.ts'
import { Fault } from '../faults.ts'
import { isRunning } from '../nodes.ts'
import { type GroupRecord, getGroup, type NodeRecord, nodeId, takenAddresses } from '../records.ts'
import { changeGroup, requireAvailable, type Service, startModification } from '../service.ts'
import { checkFailover, checkNodeCount } from '../settings.ts'

interface ReplicaCountRequest {
  replicationGroupId: string
  /** Without the primary. */
  newReplicaCount: number
}

/** Nodes that have died count as missing: they are started again before new ones are added. */
export async function increaseReplicaCount(service: Service, request: ReplicaCountRequest): Promise<void> {
  const group = await resize(service, request, (wanted, running) => {
    if (wanted <= running) {
      throw new Fault('InvalidParameterValue', 'The new replica count must be greater than the current one.')
    }
  })
  if (group.statusReason) throw new Fault('InsufficientCacheClusterCapacity', group.statusReason)
}

/** The newest replicas go first; the primary stays. */
export async function decreaseReplicaCount(service: Service, request: ReplicaCountRequest): Promise<void> {
  await resize(service, request, (wanted, running) => {
    if (wanted >= running) {
      throw new Fault('InvalidParameterValue', 'The new replica count must be less than the current one.')
    }
  })
}

async function resize(
  service: Service,
  { replicationGroupId, newReplicaCount }: ReplicaCountRequest,
  check: (wanted: number, running: number) => void,
): Promise<GroupRecord> {
  const { database, directory } = service
  const id = replicationGroupId.toLowerCase()
  const wanted = newReplicaCount + 1
  checkNodeCount(wanted)
  const before = getGroup(database, id)
  const addresses = await newAddresses(database, before, wanted)
  const running = await runningNodes(directory, before)
  const { modificationMilliseconds } = readBehaviour(database)
  await changeGroup(service, id, (group) => {
    requireAvailable(group)
    check(wanted, running.size)
    checkFailover(group.settings, wanted)
    const [primary, ...replicas] = group.nodes
    const isRunning = ({ id }: NodeRecord) => running.has(id)
    const inOrder = [
      ...(primary ? [primary] : []),
      ...replicas.filter(isRunning),
      ...replicas.filter((node) => !isRunning(node)),
    ]
    for (const [i, node] of inOrder.entries()) {
      if (i >= wanted) node.wanted = 'end'
      else if (!isRunning(node)) node.wanted = 'start'
    }
    for (const address of addresses) {
      group.nodes.push({ id: nodeId(id, nextNumber(group.nodes)), address, wanted: 'start' })
    }
    startModification(group, modificationMilliseconds)
  })
  return getGroup(database, id)
}

async function runningNodes(directory: string, group: GroupRecord): Promise<Set<string>> {
  const running = await Promise.all(group.nodes.map((node) => isRunning(directory, group, node)))
  return new Set(group.nodes.filter((_, i) => running[i]).map(({ id }) => id))
}

async function newAddresses(database: DatabaseSync, group: GroupRecord, wanted: number): Promise<string[]> {
  const missing = Math.max(0, wanted - group.nodes.length)
  return freeAddresses(missing, group.port, takenAddresses(database)).catch((error: Error) => {
    throw new Fault('InsufficientCacheClusterCapacity', error.message)
  })
}

function nextNumber(nodes: { id: string }[]): number {
  return Math.max(0, ...nodes.map(({ id }) => Number(id.slice(-3)))) + 1
}
