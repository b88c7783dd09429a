import * as v from 'valibot'

type Issue = v.BaseIssue<unknown>

/*
 * Messages are told behind the name of what is wrong: "nodes must be a number". Valibot's own ones are not meant for
 * people, so that these take the place of all that a schema leaves out.
 */
v.setGlobalMessage(usualMessage)

/** What is wrong, by the types of issues, and by what a schema asks for. */
const usual: Record<string, (requirement: unknown) => string> = {
  string: () => 'must be a text',
  number: () => 'must be a number',
  boolean: () => 'must be true or false',
  array: () => 'must be a list',
  object: () => 'must be an object',
  strict_object: () => 'must be an object',
  record: () => 'must be an object',
  integer: () => 'must be a whole number',
  min_value: (least) => `must be at least ${least}`,
  max_value: (most) => `must be at most ${most}`,
  non_empty: () => 'must not be empty',
  max_length: (most) => `must not be longer than ${most}`,
  starts_with: (beginning) => `must begin with "${beginning}"`,
}

function usualMessage({ type, input, expected, requirement }: Issue): string {
  if (expected === 'never') return 'is not known here'
  if (input === undefined) return 'is missing'
  if (type === 'picklist' || type === 'literal') {
    return `must be one of ${expected?.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ', ')}`
  }
  return usual[type]?.(requirement) ?? 'is not what it should be'
}

/** The schema of an object that has no other fields: one that it does not know is refused with those that there are. */
export function knownFields<const E extends v.ObjectEntries>(whole: string, entries: E) {
  return v.strictObject(entries, (issue) =>
    issue.expected === 'never'
      ? `is no field of ${whole}: there are ${Object.keys(entries).join(', ')}`
      : usualMessage(issue),
  )
}

/** The first issue of each place, and those of the whole: two of one place often say the same. */
export function onePerPlace<I extends Issue>(issues: readonly I[]): I[] {
  const places = issues.map((issue) => v.getDotPath(issue))
  return issues.filter((_, index) => !places[index] || places.indexOf(places[index]) === index)
}

/** Of a schema whose messages are whole sentences: what is wrong in all of it. */
export const sentencesOf = (issues: readonly Issue[]): string =>
  onePerPlace(issues)
    .map(({ message }) => message)
    .join(' ')

/** What is wrong, with its place. @param whole what has no place by itself, such as `the list` */
export const wrongIn = (issue: Issue, whole: string): string =>
  `${v.getDotPath(issue) ?? whole} ${issue.message}`

/** What a program or a service has answered. @throws Error that says what of it is not as it should be */
export function parsed<S extends v.GenericSchema>(
  schema: S,
  answer: unknown,
  whole: string,
): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, answer)
  if (success) return output
  throw new Error(`${whole} is not as expected: ${wrongIn(issues[0], 'it')}`)
}
