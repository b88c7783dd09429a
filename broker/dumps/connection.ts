import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { createClient, RESP_TYPES } from '@redis/client'
import { asSentence } from './faults.ts'
import type { ServiceKey } from './service-key.ts'

/** Another way to a Redis than its own address. */
export interface Way {
  /** Such as 127.0.0.1 at the near end of a tunnel. The certificate has to be that of the Redis all the same. */
  host?: string | undefined
  port?: number | undefined
  /** Takes any certificate. */
  insecure?: boolean | undefined
}

export interface ServerInfo {
  /** Such as "Redis 6.2.6". */
  version: string
  /** Is another one after a restart, and on another node. */
  runId: string
  /** How many keys each database has. */
  databases: Map<number, number>
  /** Keys that it has dropped for want of memory since it was started. */
  evicted: number
}

/** A connection to one Redis. Keys and values are bytes. Its errors are sentences that say what to do. */
export class Connection {
  readonly #client: ReturnType<typeof newClient>

  private constructor(client: ReturnType<typeof newClient>) {
    this.#client = client
  }

  static async open(key: ServiceKey, way: Way = {}): Promise<Connection> {
    const client = newClient(key, way)
    // Each call that it concerns throws it as well.
    client.on('error', () => {})
    try {
      await client.connect()
      return new Connection(client)
    } catch (error) {
      client.destroy()
      throw asSentence(error, key)
    }
  }

  /** Sends a command. Those that are sent without waiting for one another go in one go. */
  async send<T>(...args: (string | Buffer)[]): Promise<T> {
    try {
      return await this.#client.sendCommand<T>(args, bytes)
    } catch (error) {
      throw asSentence(error)
    }
  }

  /** @throws Error for a Redis with shards: a copy of one shard is none of the Redis */
  async info(): Promise<ServerInfo> {
    const text = String(await this.send<Buffer>('INFO'))
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1]
    if (field('cluster_enabled') === '1') {
      throw new Error('This Redis has shards (cluster mode), which cannot be copied this way.')
    }
    const valkey = field('valkey_version')
    const databases = [...text.matchAll(/^db(\d+):keys=(\d+)/gm)]
    return {
      version: valkey ? `Valkey ${valkey}` : `Redis ${field('redis_version')}`,
      runId: field('run_id') ?? '',
      databases: new Map(databases.map(([, database, keys]) => [Number(database), Number(keys)])),
      evicted: Number(field('evicted_keys') ?? 0),
    }
  }

  close(): void {
    this.#client.destroy()
  }
}

const bytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }

function newClient({ host, port, password, tls, caCertificate }: ServiceKey, way: Way) {
  return createClient({
    ...(password === undefined ? {} : { password }),
    disableClientInfo: true,
    // Redis 5 does not know the newer protocol.
    RESP: 2 as const,
    socket: {
      host: way.host ?? host,
      port: way.port ?? port,
      connectTimeout: 15_000,
      // What was sent may have been carried out: to begin again is for the caller to decide.
      reconnectStrategy: false as const,
      ...(tls
        ? {
            tls: true as const,
            ...(caCertificate ? { ca: caCertificate } : {}),
            ...(isIP(host) ? {} : { servername: host }),
            checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
              checkServerIdentity(host, certificate),
            rejectUnauthorized: !way.insecure,
          }
        : {}),
    },
  })
}
