import { Pool } from 'pg'
import type { Log } from './store.ts'

/** How long a request waits for a connection before it fails, so that a lost database is an error and no hang. */
const CONNECTION_TIMEOUT_MS = 10_000

/**
 * Connections to PostgreSQL that outlive a restart of the database.
 *
 * Two gaps are closed here. `pg` listens to errors of idle connections only: one that is lost while in use would
 * end the process. And drizzle does not give a connection back whose `begin` failed: each one would be missing
 * from the pool for good.
 * @param max how many connections at most
 */
export function openPool(url: string, log: Log, max = 10): Pool {
  const pool = new Pool({ connectionString: url, max, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS })
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
