import { index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { brokerSchema, time } from '../database/columns.ts'
import { instances } from '../instances/tables.ts'
import type { DriftState, Finding } from './finding.ts'

/** How each check of an instance against the world went. Plans are never kept: they hold secrets. */
export const driftChecks = brokerSchema.table(
  'drift_checks',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    instanceId: text('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    state: text('state').$type<DriftState>().notNull(),
    findings: jsonb('findings').$type<Finding[]>().notNull(),
    /** Why the check failed; only of state `error`. */
    message: text('message'),
    checkedAt: time('checked_at').notNull(),
    durationMilliseconds: integer('duration_milliseconds').notNull(),
  },
  (table) => [index('drift_checks_by_instance').on(table.instanceId, table.checkedAt)],
)
