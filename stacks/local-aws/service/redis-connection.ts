import type { GroupRecord, NodeRecord } from './records.ts'
import { certificateAuthority, SERVICE_USER, servicePassword } from './secrets.ts'

/** One command to a node: its name and arguments. */
export type Command = (...words: string[]) => Promise<string>

const CONNECT_TIMEOUT = 2_000

/** Runs `work` on a connection to a node as the service's own user. */
export async function withNode<T>(
  directory: string,
  group: GroupRecord,
  node: NodeRecord,
  work: (command: Command) => Promise<T>,
): Promise<T> {
  // Most calls of the plugin never talk to Redis, and the client takes a while to load.
  const { createClient } = await import('@redis/client')
  const address = { host: node.address, port: group.port, connectTimeout: CONNECT_TIMEOUT }
  const client = createClient({
    username: SERVICE_USER,
    password: await servicePassword(directory, group.id),
    disableClientInfo: true,
    socket: group.transitEncryptionEnabled
      ? {
          ...address,
          tls: true,
          ca: (await certificateAuthority(directory)).certificate,
          reconnectStrategy: false,
        }
      : { ...address, reconnectStrategy: false },
  })
  // Failures reach the caller through the calls themselves.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(async (...words) => String(await client.sendCommand(words)))
  } finally {
    client.destroy()
  }
}
