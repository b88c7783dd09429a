import { boolean, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
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
    /** Whether a plan was made; otherwise a look at all instances has found no difference. */
    planned: boolean('planned').notNull(),
  },
  (table) => [index('drift_checks_by_instance').on(table.instanceId, table.checkedAt)],
)

/** How each instance stands by its last check, so that all can be counted without a look at each one's checks. */
export const driftStandings = brokerSchema.table(
  'drift_standings',
  {
    instanceId: text('instance_id')
      .primaryKey()
      .references(() => instances.id, { onDelete: 'cascade' }),
    state: text('state').$type<DriftState>().notNull(),
    checkedAt: time('checked_at').notNull(),
  },
  (table) => [index('drift_standings_by_state').on(table.state, table.checkedAt)],
)

/** All that the last plan which found an instance clean has depended on, beside AWS. */
export const driftBaselines = brokerSchema.table('drift_baselines', {
  instanceId: text('instance_id')
    .primaryKey()
    .references(() => instances.id, { onDelete: 'cascade' }),
  /** The fingerprint of the stack. */
  stack: text('stack').notNull(),
  /** Of the state. */
  lineage: text('lineage').notNull(),
  serial: integer('serial').notNull(),
  plannedAt: time('planned_at').notNull(),
})
