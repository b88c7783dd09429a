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
  const before = record(change.before)
  const after = record(change.after)
  const sensitive = [change.before_sensitive, change.after_sensitive]
  // `tags_all` is `tags` over the provider's default tags, of which the stacks have none.
  const names = keysOf(before, after, change.after_unknown).filter((name) => name !== 'tags_all')
  return names.flatMap((name) => {
    const unknown = record(change.after_unknown)[name]
    const marks = sensitive.map((mark) => mark === true || record(mark)[name])
    const [was, is] = [before[name] ?? null, after[name] ?? null]
    const isMap = unknown !== true && !marks.includes(true) && (isRecord(was) || isRecord(is))
    return isMap
      ? ofMap(name, record(was), record(is), unknown, marks)
      : difference(name, was, is, unknown, marks, sameToProvider)
  })
}

/** Of an output: terraform tells null from empty in it. */
export function differencesOfOutput(change: Change): Difference[] {
  const { before = null, after = null, after_unknown, before_sensitive, after_sensitive } = change
  const found = difference(
    '',
    before,
    after,
    after_unknown,
    [before_sensitive, after_sensitive],
    sameAsWritten,
  )
  return found.map(({ attribute: _none, ...rest }) => rest)
}

/** A key with an empty value is there: a tag of that name has been set. */
function ofMap(
  attribute: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  unknown: unknown,
  sensitive: unknown[],
): Difference[] {
  return keysOf(before, after, unknown).flatMap((key) =>
    difference(
      `${attribute}.${key}`,
      before[key] ?? null,
      after[key] ?? null,
      record(unknown)[key],
      sensitive.map((marks) => record(marks)[key]),
      sameAsWritten,
    ),
  )
}

function difference(
  attribute: string,
  before: unknown,
  after: unknown,
  unknown: unknown,
  sensitive: unknown[],
  same: Same,
): Difference[] {
  if (unknown !== true && same(before, after, attribute)) return []
  // A whole value may be marked, or parts of it.
  if (sensitive.some(hasMark)) return [{ attribute, sensitive: true }]
  return [unknown === true ? { attribute, before } : { attribute, before, after }]
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

function keysOf(...values: unknown[]): string[] {
  return [...new Set(values.flatMap((value) => Object.keys(record(value))))]
}

function hasMark(marks: unknown): boolean {
  return marks === true || (typeof marks === 'object' && marks !== null && Object.values(marks).some(hasMark))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
