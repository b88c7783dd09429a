import { isDeepStrictEqual } from 'node:util'
import type { Finding } from './finding.ts'

/** A value before and after, as terraform's plan has it, with its marks: `true`, or a structure of them. */
export interface Change {
  before?: unknown
  /** Absent where the value will be known after the apply. */
  after?: unknown
  after_unknown?: unknown
  before_sensitive?: unknown
  after_sensitive?: unknown
}

export type Difference = Pick<Finding, 'attribute' | 'before' | 'after' | 'sensitive'>

/** Whether two values that terraform has written down mean the same. */
type Same = (before: unknown, after: unknown, attribute: string) => boolean

/** The attributes that are sets in the provider's schemas. A plan does not tell sets from lists. */
const sets = new Set([
  'alarm_actions',
  'insufficient_data_actions',
  'log_delivery_configuration',
  'member_clusters',
  'node_group_configuration',
  'ok_actions',
  'parameter',
  'security_group_ids',
  'security_group_names',
  'snapshot_arns',
  'user_group_ids',
])

/** Attribute by attribute, and key by key of a map; lists, sets and blocks are one value each. */
export function differencesOfResource(change: Change): Difference[] {
  // `tags_all` is `tags` over the provider's default tags, of which the stacks have none.
  const names = keysOf(change).filter((name) => name !== 'tags_all')
  return names.flatMap((name) => {
    const part = partOf(change, name)
    const { before, after, after_unknown, before_sensitive, after_sensitive } = part
    const isWhole = [after_unknown, before_sensitive, after_sensitive].includes(true)
    const isMap = !isWhole && (isRecord(before) || isRecord(after))
    return isMap ? ofMap(name, part) : difference(name, part, sameToProvider)
  })
}

/** Of an output: terraform tells null from empty in it. */
export function differencesOfOutput({ before = null, after = null, ...marks }: Change): Difference[] {
  const found = difference('', { before, after, ...marks }, sameAsWritten)
  return found.map(({ attribute: _none, ...rest }) => rest)
}

/** A key with an empty value is there: a tag of that name has been set. */
function ofMap(attribute: string, change: Change): Difference[] {
  return keysOf(change).flatMap((key) =>
    difference(`${attribute}.${key}`, partOf(change, key), sameAsWritten),
  )
}

function difference(attribute: string, change: Change, same: Same): Difference[] {
  const { before, after, after_unknown, before_sensitive, after_sensitive } = change
  const isUnknown = after_unknown === true
  if (!isUnknown && same(before, after, attribute)) return []
  // A whole value may be marked, or parts of it.
  if (hasMark(before_sensitive) || hasMark(after_sensitive)) return [{ attribute, sensitive: true }]
  return [isUnknown ? { attribute, before } : { attribute, before, after }]
}

/** The change of one attribute, or of one key of a map. */
function partOf(change: Change, name: string): Change {
  const marked = (mark: unknown) => mark === true || record(mark)[name]
  return {
    before: record(change.before)[name] ?? null,
    after: record(change.after)[name] ?? null,
    after_unknown: record(change.after_unknown)[name],
    before_sensitive: marked(change.before_sensitive),
    after_sensitive: marked(change.after_sensitive),
  }
}

const sameAsWritten: Same = (before, after) => isDeepStrictEqual(before, after)

/**
 * HashiCorp's provider can't tell what is not set from what is empty, 0 or false: it writes now one, now the other
 * into the state. The elements of a set come in any order.
 */
const sameToProvider: Same = (before, after, attribute) =>
  isDeepStrictEqual(meaning(before, attribute), meaning(after, attribute))

/** Not set, as far as the provider can tell. */
export const isEmpty = (value: unknown): boolean => meaning(value) === null

function meaning(value: unknown, attribute?: string): unknown {
  if (value === '' || value === 0 || value === false) return null
  if (Array.isArray(value)) {
    if (value.length === 0) return null
    const elements = value.map((element) => meaning(element))
    return sets.has(attribute ?? '') ? elements.map((one) => JSON.stringify(one)).sort() : elements
  }
  if (isRecord(value)) {
    // Of a block, which is only as long as it has something in it.
    const set = Object.entries(value).flatMap(([name, part]) => {
      const inner = meaning(part)
      return inner === null ? [] : [[name, inner] as const]
    })
    return set.length === 0 ? null : Object.fromEntries(set.sort(([one], [other]) => (one < other ? -1 : 1)))
  }
  return value ?? null
}

function keysOf({ before, after, after_unknown }: Change): string[] {
  const values = [before, after, after_unknown]
  return [...new Set(values.flatMap((value) => Object.keys(record(value))))]
}

function hasMark(marks: unknown): boolean {
  return marks === true || (typeof marks === 'object' && marks !== null && Object.values(marks).some(hasMark))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
