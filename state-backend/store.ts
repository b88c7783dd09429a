import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { KeyRing } from './encryption/key-ring.ts'
import type { Log } from './log.ts'

/** A drizzle database without a schema of its own: PGlite's or node-postgres'. */
export type Database = PgDatabase<PgQueryResultHKT>

export interface Limits {
  /** Largest state that is accepted, in bytes. */
  stateBytes: number
  /** How many of the newest versions of a stack are kept. */
  versionsKept: number
  /** How many requests are served at once. */
  requestsAtOnce: number
}

export const DEFAULT_LIMITS: Limits = { stateBytes: 10_000_000, versionsKept: 30, requestsAtOnce: 32 }

/** All that the parts of the state backend work with. */
export interface Store {
  db: Database
  keyRing: KeyRing
  limits: Limits
  log: Log
}
