import { sql } from 'drizzle-orm'
import { index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core'
import { brokerSchema, bytes, time } from '../database/columns.ts'
import type { InstanceContext } from '../model/instance-context.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'

export const instances = brokerSchema.table(
  'instances',
  {
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
    /** When a check found no Redis any more; null while there is one, as far as is known. An operation that succeeds ends it. */
    missingSince: time('missing_since'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [
    index('instances_by_age').on(table.createdAt, table.id),
    index('instances_by_organization').on(table.organizationGuid, table.updatedAt),
    index('instances_by_usage').on(table.organizationGuid, table.planId).where(sql`outputs is not null`),
    index('instances_by_name').on(sql`(context ->> 'instance_name')`),
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
