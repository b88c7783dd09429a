import { readBehaviour } from './behaviour.ts'
import { Fault } from './faults.ts'
import { isRunning } from './nodes.ts'
import { promote } from './promotion.ts'
import { getGroup } from './records.ts'
import { changeGroup, requireAvailable, type Service, startModification } from './service.ts'

/** Gives the primary role to the replica that has been there the longest. The old primary becomes a replica. */
export async function failover(service: Service, id: string): Promise<void> {
  const successor = await successorIn(service, id)
  if (!successor) {
    throw new Fault('InvalidReplicationGroupState', `Replication group ${id} has no replica to fail over to.`)
  }
  const { modificationMilliseconds } = readBehaviour(service.database)
  await changeGroup(service, id, (group) => {
    requireAvailable(group)
    promote(group, successor)
    startModification(group, modificationMilliseconds)
  })
}

/**
 * A new process under the same id, with nothing of the old one's: a replica copies from the primary. The primary is
 * replaced after a failover; without replicas its data is lost, as on AWS.
 */
export async function replaceNode(service: Service, groupId: string, nodeId: string): Promise<void> {
  const successor = await successorIn(service, groupId)
  const { modificationMilliseconds } = readBehaviour(service.database)
  await changeGroup(service, groupId, (group) => {
    requireAvailable(group)
    if (group.nodes[0]?.id === nodeId && successor) promote(group, successor)
    for (const node of group.nodes) if (node.id === nodeId) node.wanted = 'replace'
    startModification(group, modificationMilliseconds)
  })
}

async function successorIn({ database, directory }: Service, id: string): Promise<string | undefined> {
  const group = getGroup(database, id)
  const [, ...replicas] = group.nodes
  const running = await Promise.all(replicas.map((node) => isRunning(directory, group, node)))
  return replicas.find((_, i) => running[i])?.id
}
