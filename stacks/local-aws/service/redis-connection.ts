import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { GroupRecord, NodeRecord } from './records.ts'
import { type Command, commandsOn } from './redis-protocol.ts'
import { certificateAuthority, SERVICE_USER, servicePassword } from './secrets.ts'

const CONNECT_TIMEOUT = 2_000

/** Runs `work` on a connection to a node as the service's own user. */
export async function withNode<T>(
  directory: string,
  group: GroupRecord,
  node: NodeRecord,
  work: (command: Command) => Promise<T>,
): Promise<T> {
  const address = { host: node.address, port: group.port }
  const socket = group.transitEncryptionEnabled
    ? connectSecurely({ ...address, ca: (await certificateAuthority(directory)).certificate })
    : connect(address)
  // Failures reach the caller through the calls themselves.
  socket.on('error', () => {})
  try {
    const connected = group.transitEncryptionEnabled ? 'secureConnect' : 'connect'
    await once(socket, connected, { signal: AbortSignal.timeout(CONNECT_TIMEOUT) })
    const command = commandsOn(socket)
    await command('AUTH', SERVICE_USER, await servicePassword(directory, group.id))
    return await work(command)
  } finally {
    socket.destroy()
  }
}
