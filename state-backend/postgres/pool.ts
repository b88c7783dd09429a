import { Pool, type PoolClient } from 'pg'
import type { Log } from '../log.ts'
import { unreachable } from './unreachable.ts'

/** How long a request waits for a connection before it fails, so that a lost database is an error and no hang. */
const CONNECTION_TIMEOUT_MS = 10_000

/**
 * Connections to PostgreSQL that outlive a restart of the database.
 *
 * Two gaps are closed here. `pg` listens to errors of idle connections only: one that is lost while in use would
 * end the process. And drizzle does not give a connection back whose `begin` failed: each one would be missing
 * from the pool for good.
 * @param setting where the address comes from, for the errors of connections that can't be made
 * @param max how many connections at most
 */
export function openPool(url: string, log: Log, { setting = 'DATABASE_URL', max = 10 } = {}): Pool {
  const connection = { connectionString: url, max, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS }
  const pool = new NamingPool(connection, (error) => unreachable(setting, 'database', url, error))
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      log.warn({ error: error.message }, 'Database connection lost')
      setImmediate(() => {
        try {
          client.release(true)
        } catch {
          // It was given back already, as it should be.
        }
      })
    })
  })
  return pool
}

type Connected = Parameters<Pool['connect']>[0]

/** Its own queries connect this way, too. */
class NamingPool extends Pool {
  readonly #named: (error: Error) => Error

  constructor(options: ConstructorParameters<typeof Pool>[0], named: (error: Error) => Error) {
    super(options)
    this.#named = named
  }

  override connect(): Promise<PoolClient>
  override connect(connected: Connected): void
  override connect(connected?: Connected): unknown {
    if (connected) {
      return super.connect((error, client, done) => connected(error && this.#named(error), client, done))
    }
    return super.connect().catch((error) => Promise.reject(this.#named(error)))
  }
}
