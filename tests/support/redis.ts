import { createClient } from 'redis'
import type { RedisCredentials } from '../../broker/instances/credentials.ts'

export interface Login {
  host: string
  /** 6379 when absent. */
  port?: string
  /** Absent: without TLS. */
  ca?: string
  /** With TLS, whoever signed the server's certificate. */
  insecure?: boolean
  password?: string
}

/** How an application signs in with a binding's credentials. */
export function loginOf(credentials: RedisCredentials): Login {
  const { hostname: host, port, password, ca_certificate: ca } = credentials
  return { host, port, password, ...(ca === undefined ? {} : { ca }) }
}

/** Connects as an application would, runs `use` and disconnects; refusals are thrown. */
export async function withRedis<T>(
  { host, port = '6379', ca, insecure = false, password }: Login,
  use: (client: ReturnType<typeof createClient>) => Promise<T>,
): Promise<T> {
  const client = createClient({
    ...(password === undefined ? {} : { password }),
    socket: {
      host,
      port: Number(port),
      reconnectStrategy: false,
      connectTimeout: 5000,
      ...(insecure ? { tls: true as const, rejectUnauthorized: false } : {}),
      ...(ca === undefined ? {} : { tls: true as const, ca }),
    },
  })
  client.on('error', () => {}) // also thrown by the call that it concerns
  await client.connect()
  try {
    return await use(client as ReturnType<typeof createClient>)
  } finally {
    client.destroy()
  }
}
