import { eq, or, type SQL, sql } from 'drizzle-orm'
import type { Instance } from './instance.ts'
import { instances } from './tables.ts'

/** Fewer characters of an id name no instance: they may be a name that was misspelt. */
const shortestBeginning = 4

/** The condition that an instance, or its stack, has a word as its id, as how its id begins, or as its name. */
export function hasWord(word: string): SQL | undefined {
  return or(
    eq(instances.id, word),
    eq(instances.stack, word),
    sql`${instances.context} ->> 'instance_name' = ${word}`,
    ...(word.length < shortestBeginning ? [] : [sql`starts_with(${instances.id}, ${word})`]),
  )
}

/**
 * Of what has a word, what the word means: one by its id, or all of a name, as Cloud Foundry has it, or else all whose
 * ids begin so. Names are only unique within a space.
 * @param instanceOf the instance of each one found
 */
export function meaningOf<T>(word: string, found: T[], instanceOf: (one: T) => Instance): T[] {
  const byId = found.filter((one) => instanceOf(one).id === word || instanceOf(one).stack === word)
  if (byId.length > 0) return byId
  const byName = found.filter((one) => instanceOf(one).context.instance_name === word)
  return byName.length > 0 ? byName : found
}
