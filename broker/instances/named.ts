import { eq, or, type SQL, sql } from 'drizzle-orm'
import type { Instance } from './instance.ts'
import { instances } from './tables.ts'

/** The condition that an instance, or its stack, has a word as its id or its name. */
export function hasWord(word: string): SQL | undefined {
  return or(
    eq(instances.id, word),
    eq(instances.stack, word),
    sql`${instances.context} ->> 'instance_name' = ${word}`,
  )
}

/**
 * Of what has a word, what the word means: one by its id, or all of a name, as Cloud Foundry has it. Names are only
 * unique within a space.
 * @param instanceOf the instance of each one found
 */
export function meaningOf<T>(word: string, found: T[], instanceOf: (one: T) => Instance): T[] {
  const byId = found.filter((one) => instanceOf(one).id === word || instanceOf(one).stack === word)
  return byId.length > 0 ? byId : found
}
