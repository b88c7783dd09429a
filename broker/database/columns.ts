import { customType, pgSchema, timestamp } from 'drizzle-orm/pg-core'

/** The schema of all tables of the broker. Each table is in the room that owns it, in its `tables.ts`. */
export const brokerSchema = pgSchema('broker')

export const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
export const time = (name: string) => timestamp(name, { withTimezone: true })
