import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from './store.ts'
import { grants, stacks } from './tables.ts'

const { placeholder } = sql

/**
 * For a change in one statement, for when nothing stands in its way: the name of the `stack` to change, if `condition`
 * holds and the attempt of `grant` has not ended. Without a row nothing was changed, and a transaction says why.
 *
 * A statement sees all tables as they were when it began. Only a row that it locks is looked at again, as it has
 * become while the statement waited for it. So both rows that decide are locked: the stack's first and only then the
 * grant's, which is also the order in which an attempt is ended.
 * @returns `tables` for the statement's WITH, and the name
 */
export function unlessRefused(db: Database, condition: SQL | undefined) {
  const held = db.$with('held').as(
    db
      .select({ name: stacks.name })
      .from(stacks)
      .where(and(eq(stacks.name, placeholder('stack')), condition))
      .for('update'),
  )
  const isHeld = sql`exists (select from ${held})`
  const live = db.$with('live').as(
    db
      .select({ grant: grants.passwordHash })
      .from(grants)
      .where(and(eq(grants.passwordHash, placeholder('grant')), isNull(grants.endedAt), isHeld))
      .for('share'),
  )
  // Operators have no grant.
  const mayChange = sql`${placeholder('grant')}::text is null or exists (select from ${live})`
  return { tables: [held, live] as const, name: sql<string>`(select name from ${held} where ${mayChange})` }
}
