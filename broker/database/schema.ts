import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { InstanceParameters } from '../catalog/parameters.ts'
import type { DriftState, Finding } from '../drift/finding.ts'
import type { InstanceContext } from '../instances/instance.ts'
import type { OperationState, OperationTarget, OperationType } from '../instances/operation.ts'
import type { StateKind } from '../states/states.ts'

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true })

export const brokerSchema = pgSchema('broker')

export const instances = brokerSchema.table('instances', {
  /** As the platform sent it: any characters. */
  id: text('id').primaryKey(),
  /** The name of its stack, state and work directory; safe in paths. */
  stack: text('stack').notNull().unique(),
  serviceId: text('service_id').notNull(),
  planId: text('plan_id').notNull(),
  organizationGuid: text('organization_guid').notNull(),
  spaceGuid: text('space_guid').notNull(),
  context: jsonb('context').$type<InstanceContext>().notNull(),
  parameters: jsonb('parameters').$type<InstanceParameters>().notNull(),
  maintenanceVersion: text('maintenance_version').notNull(),
  /**
   * The replication group that operators have made this instance's; null when the broker made it, under a name
   * of its own.
   */
  adoptedGroup: text('adopted_group').unique(),
  /** The stack's outputs, encrypted with the state backend's key ring; null before the first deploy. */
  outputs: bytes('outputs'),
  /** Counts the outputs that there have been, and is part of what they are bound to. */
  outputsGeneration: integer('outputs_generation').notNull().default(0),
  /** Its passwords, encrypted likewise; null before the creation has begun. */
  authTokens: bytes('auth_tokens'),
  authTokensGeneration: integer('auth_tokens_generation').notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

export const operations = brokerSchema.table(
  'operations',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** No foreign key: what happened to an instance outlives it. */
    instanceId: text('instance_id').notNull(),
    type: text('type').$type<OperationType>().notNull(),
    state: text('state').$type<OperationState>().notNull().default('in progress'),
    /** What the instance is to become. Only a success makes it the instance's own. */
    target: jsonb('target').$type<OperationTarget>().notNull(),
    /** What is being done now, or how it ended; shown to the platform's users. */
    description: text('description').notNull(),
    /** What the log and operators get to know about a failure. */
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
    index('operations_by_instance').on(table.instanceId, table.createdAt),
    index('operations_started_by_turn').on(table.turn).where(sql`attempt > 0`),
    index('operations_unobserved')
      .on(table.createdAt)
      .where(sql`type = 'update' and state = 'failed' and observed_at is null`),
  ],
)

/** What an operation has done: its phases, and what cdktf and terraform printed, which hide sensitive values. */
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

export const bindings = brokerSchema.table(
  'bindings',
  {
    id: text('id').notNull(),
    instanceId: text('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    /** The application's guid; null for a service key. */
    appGuid: text('app_guid'),
    /** Which of the instance's passwords it was given. */
    tokenGeneration: integer('token_generation').notNull().default(1),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.id] })],
)

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
    /** Whether this check found something new that the webhook has not been told yet. */
    webhookDue: boolean('webhook_due').notNull(),
  },
  (table) => [
    index('drift_checks_by_instance').on(table.instanceId, table.checkedAt),
    index('drift_checks_webhook_due').on(table.checkedAt).where(sql`webhook_due`),
  ],
)

/** Who checks an instance holds its row, so that no two sweeps check it at a time. */
export const driftClaims = brokerSchema.table('drift_claims', {
  instanceId: text('instance_id')
    .primaryKey()
    .references(() => instances.id, { onDelete: 'cascade' }),
  /** A claim ends by itself: a process that died releases nothing. */
  expiresAt: time('expires_at').notNull(),
})

/** Where the states live. One row. */
export const stateHome = brokerSchema.table('state_home', {
  only: boolean('only').primaryKey().default(true),
  kind: text('kind').$type<StateKind>().notNull(),
  /** Where a move takes them that has begun and not ended. */
  movingTo: text('moving_to').$type<StateKind>(),
})
