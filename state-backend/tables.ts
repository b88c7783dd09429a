import {
  bigint,
  customType,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { LockInfo } from './lock-info.ts'

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true })

export const stateBackend = pgSchema('state_backend')

/**
 * One row a stack. It is what every writer of the stack locks first, so that all checks of a write and the
 * write itself are one step, for any number of processes.
 *
 * `version` numbers are not used twice while the row is there: `lastVersion` counts on when the state is deleted
 * or restored. A stack that was removed and made anew counts from 1 again.
 */
export const stacks = stateBackend.table('stacks', {
  name: text().primaryKey(),
  /** The version that is read; none before the first write and after a DELETE. */
  version: integer(),
  lineage: text(),
  serial: bigint({ mode: 'number' }),
  lastVersion: integer('last_version').notNull().default(0),
  lockId: text('lock_id'),
  lockInfo: jsonb('lock_info').$type<LockInfo>(),
  lockHolder: text('lock_holder'),
  /** The grant that took the lock; none for an operator's lock, which no attempt takes over. */
  lockGrant: text('lock_grant'),
})

/** Every accepted write, encrypted. A row's content never changes while it is there; only its encryption does. */
export const versions = stateBackend.table(
  'versions',
  {
    stack: text()
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    version: integer().notNull(),
    lineage: text().notNull(),
    serial: bigint({ mode: 'number' }).notNull(),
    size: integer().notNull(),
    writer: text().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    /** The same id as in `sealed`, here for the queries. */
    keyId: text('key_id').notNull(),
    sealed: bytes().notNull(),
  },
  (table) => [primaryKey({ columns: [table.stack, table.version] }), index().on(table.keyId)],
)

/** Credentials of attempts. The password itself is nowhere: only its SHA-256, which is also the row's key. */
export const grants = stateBackend.table(
  'grants',
  {
    passwordHash: text('password_hash').primaryKey(),
    stack: text().notNull(),
    attempt: text().notNull(),
    access: text().$type<'read' | 'write'>().notNull(),
    holder: text().notNull(),
    expiresAt: time('expires_at').notNull(),
    endedAt: time('ended_at'),
  },
  (table) => [index().on(table.stack), index().on(table.attempt)],
)

/** For every key id ever used, something that only the right key opens (see key-checks.ts). */
export const keyChecks = stateBackend.table('key_checks', {
  keyId: text('key_id').primaryKey(),
  sealed: bytes().notNull(),
})
