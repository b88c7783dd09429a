import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeDirectory } from './directories.ts'
import { isRunning } from './nodes.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import { withNode } from './redis-connection.ts'
import { endRedis } from './redis-process.ts'
import { nodeCertificateFile } from './secrets.ts'
import { finishRestore } from './snapshots.ts'

const POLL_MILLISECONDS = 20
const CATCH_UP_MILLISECONDS = 10_000

/**
 * Makes a replica the primary, in the record. On AWS the names of the endpoints stay and lead to other nodes. Here
 * they are addresses, so these stay: the two nodes change theirs, and start anew.
 */
export function promote(group: GroupRecord, successorId: string): void {
  const [primary] = group.nodes
  const place = group.nodes.findIndex(({ id }) => id === successorId)
  const successor = group.nodes[place]
  if (!primary || !successor || place === 0) return
  const [first, second] = [primary.address, successor.address]
  group.nodes[0] = { ...successor, address: first, leaves: second, wanted: 'start' }
  group.nodes[place] = { ...primary, address: second, leaves: first, wanted: 'start' }
}

/** Ends the nodes that change their addresses, when the new primary has all that the old one has. */
export async function leaveAddresses(directory: string, group: GroupRecord): Promise<void> {
  const [successor] = group.nodes
  const predecessor = group.nodes.find(({ leaves }) => leaves !== undefined && leaves === successor?.address)
  if (!successor || !predecessor) return
  const [from, to] = [former(predecessor), former(successor)]
  // By its process: when a dead caller has come farther, another node may answer there already.
  const both = await Promise.all([from, to].map((node) => isRunning(directory, group, node)))
  // An old primary that has died can't be asked; what its replicas did not get is lost, as on AWS.
  if (both.every(Boolean)) await catchUp(directory, group, from, to).catch(() => {})
  await leave(directory, group, predecessor, 'SIGKILL')
  await leave(directory, group, successor, 'SIGTERM')
}

/** Until `to` has on its disk what `from` has. */
async function catchUp(
  directory: string,
  group: GroupRecord,
  from: NodeRecord,
  to: NodeRecord,
): Promise<void> {
  await withNode(directory, group, from, (primary) =>
    withNode(directory, group, to, async (replica) => {
      // No more writes: there are never so many replicas.
      await primary('CONFIG', 'SET', 'min-replicas-to-write', '100')
      const deadline = Date.now() + CATCH_UP_MILLISECONDS
      const behind = async () =>
        offset(await primary('INFO', 'replication'), 'master_repl_offset') !==
        offset(await replica('INFO', 'replication'), 'slave_repl_offset')
      while ((await behind()) && Date.now() < deadline) await sleep(POLL_MILLISECONDS)
      await finishRestore(nodeDirectory(directory, group.id, to.id), replica)
    }),
  )
}

function offset(replication: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\d+)`, 'm').exec(replication)?.[1]
}

function former(node: NodeRecord): NodeRecord {
  return { ...node, address: node.leaves ?? node.address }
}

async function leave(
  directory: string,
  group: GroupRecord,
  node: NodeRecord,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const own = nodeDirectory(directory, group.id, node.id)
  await endRedis(own, former(node).address, signal)
  // It names the address.
  await rm(nodeCertificateFile(own), { force: true })
  delete node.leaves
}
