import { Client } from 'pg'
import { isLoopback } from '../logins/logins.ts'

/**
 * Why what is sent to a database on another machine can be read on the way, as a clause; undefined when it can't be.
 * Node's client encrypts only where the address, or PGSSLMODE, tells it to.
 */
export function unencryptedPostgres(address: string): string | undefined {
  const { host, ssl } = parsed(address)
  const isSocket = host.startsWith('/')
  if (isSocket || isLoopback(host)) return undefined
  if (!ssl) return 'The connection to a database on another machine is not encrypted'
  const unchecked = typeof ssl === 'object' && 'rejectUnauthorized' in ssl && ssl.rejectUnauthorized === false
  return unchecked ? 'Any machine on the way is taken for the database' : undefined
}

function parsed(address: string): { host: string; ssl: unknown } {
  try {
    // It reads the address, and connects only when told to.
    return new Client({ connectionString: address })
  } catch {
    // Who connects is told what is wrong with it.
    return { host: 'localhost', ssl: undefined }
  }
}
