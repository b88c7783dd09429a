import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { brokerSchema, time } from '../database/columns.ts'
import type { OperationState, OperationTarget, OperationType } from '../model/operation.ts'
import type { Settings } from '../settings/settings.ts'

export const operations = brokerSchema.table(
  'operations',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** The order in which they were accepted. The times are for people: a clock may step back. */
    number: bigint('number', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    /** No foreign key: what happened to an instance outlives it. */
    instanceId: text('instance_id').notNull(),
    type: text('type').$type<OperationType>().notNull(),
    state: text('state').$type<OperationState>().notNull().default('in progress'),
    /** The instance as it is to become. Only a success makes it the instance's own. */
    target: jsonb('target').$type<OperationTarget>().notNull(),
    /** The phase that it is in, or how it ended; shown to the platform's users. */
    description: text('description').notNull(),
    /** The whole story of a failure, for the log and operators. */
    detail: text('detail'),
    instanceUsable: boolean('instance_usable'),
    updateRepeatable: boolean('update_repeatable'),
    /** Counts the tries; 0 waits in the queue. Every write of an attempt is conditional on its number. */
    attempt: integer('attempt').notNull().default(0),
    /** Counts the tries that failed for reasons that pass. Crashes and restarts of the broker are none. */
    failures: integer('failures').notNull().default(0),
    /** Those of a lower one start first: see turns.ts. */
    turn: integer('turn').notNull().default(0),
    createdAt: time('created_at').notNull().defaultNow(),
    startedAt: time('started_at'),
    finishedAt: time('finished_at'),
    /** When AWS was asked what a failed update has come to. */
    observedAt: time('observed_at'),
  },
  (table) => [
    // One operation at a time on an instance, whatever the number of broker processes.
    uniqueIndex('operations_one_in_progress').on(table.instanceId).where(sql`state = 'in progress'`),
    index('operations_by_instance').on(table.instanceId, table.number),
    index('operations_started_by_turn').on(table.turn).where(sql`attempt > 0`),
    index('operations_unobserved')
      .on(table.number)
      .where(sql`type = 'update' and state = 'failed' and observed_at is null`),
  ],
)

/** How many operations have ended, of each type and in each way: what the metrics ask for at every scrape. */
export const endedOperations = brokerSchema.table(
  'ended_operations',
  {
    type: text('type').$type<OperationType>().notNull(),
    state: text('state').$type<OperationState>().notNull(),
    count: integer('count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.type, table.state] })],
)

/** The part of a plan that AWS can't change of a group that is there. */
export interface PlanPlace {
  subnetGroup: string
  networkType: string
  dataTiering: boolean
  /** Whether its groups have parameter groups of their own. */
  ownParameters: boolean
}

/** The plans as they were at the last start. */
export const planPlaces = brokerSchema.table('plan_places', {
  planId: text('plan_id').primaryKey(),
  place: jsonb('place').$type<PlanPlace>().notNull(),
})

/** The settings by which the groups of the instances are found, and known as theirs. */
export type SettingsInUse = Pick<
  Settings,
  'PLATFORM' | 'AWS_REGION' | 'AWS_ACCOUNT_ID' | 'REPLICATION_GROUP_PREFIX' | 'TAG_BROKER'
>

/** They, as they were at the last start. One row. */
export const settingsInUse = brokerSchema.table('settings_in_use', {
  only: boolean('only').primaryKey().default(true),
  settings: jsonb('settings').$type<SettingsInUse>().notNull(),
})

/** The logs of operations: their phases, and what cdktf and terraform printed, which hide sensitive values. */
export const operationLogs = brokerSchema.table(
  'operation_logs',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    operationId: uuid('operation_id')
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    attempt: integer('attempt').notNull(),
    writtenAt: time('written_at').notNull(),
    text: text('text').notNull(),
  },
  (table) => [
    index('operation_logs_by_operation').on(table.operationId, table.id),
    index('operation_logs_by_time').on(table.writtenAt),
  ],
)

/** The pause of new operations, while operators have one: one row, or none. */
export const pauses = brokerSchema.table('pauses', {
  only: boolean('only').primaryKey().default(true),
  /** Whether new operations are refused; otherwise they are taken, and wait. */
  refuses: boolean('refuses').notNull(),
  reason: text('reason'),
  pausedBy: text('paused_by').notNull(),
  since: time('since').notNull().defaultNow(),
})
