import { boolean, text } from 'drizzle-orm/pg-core'
import { brokerSchema } from '../database/columns.ts'
import type { StateKind } from '../model/state-kind.ts'

/** Where the states live. One row. */
export const stateHome = brokerSchema.table('state_home', {
  only: boolean('only').primaryKey().default(true),
  kind: text('kind').$type<StateKind>().notNull(),
  /** Where a move takes them that has begun and not ended. */
  movingTo: text('moving_to').$type<StateKind>(),
})
