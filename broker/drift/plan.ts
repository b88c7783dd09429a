import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { groupAddress } from '../provisioner/replication-group.ts'
import type { DriftState, Finding } from './finding.ts'

const Value = v.optional(v.unknown())

const Change = v.object({
  actions: v.array(v.string()),
  before: Value,
  /** Absent where the value will be known after the apply. */
  after: Value,
  after_unknown: Value,
  before_sensitive: Value,
  after_sensitive: Value,
})
type Change = v.InferOutput<typeof Change>

const ResourceChanges = v.optional(v.array(v.object({ address: v.string(), change: Change })), [])

/** The part of terraform's plan, as `terraform show -json` prints it, that says what differs. */
const Plan = v.object({
  format_version: v.pipe(v.string(), v.startsWith('1.')),
  resource_drift: ResourceChanges,
  resource_changes: ResourceChanges,
  output_changes: v.optional(v.record(v.string(), Change), {}),
})

export interface Classification {
  state: Exclude<DriftState, 'error'>
  findings: Finding[]
}

/**
 * What a plan says of an instance.
 * @param json what `terraform show -json <plan>` prints
 * @throws ValiError when it is not a plan in a format that is known
 */
export function classify(json: string): Classification {
  const plan = v.parse(Plan, JSON.parse(json))
  const drift = plan.resource_drift.flatMap(({ address, change }) => drifted(address, change))
  const drifting = new Set(drift.map(place))
  const pending = [
    ...plan.resource_changes.flatMap(({ address, change }) => planned(address, change)),
    ...Object.entries(plan.output_changes).flatMap(([name, change]) => planned(`output.${name}`, change)),
  ]
  // What follows from drift is not a change of the stack: putting it right, and the outputs that show it.
  const own = drift.length === 0 ? pending : pending.filter((finding) => !follows(finding, drifting))
  // Only what was created once is checked: a group that would be created was destroyed along with its state.
  const isGone =
    drift.some(({ change }) => change === 'gone') ||
    own.some(({ resource, change }) => resource === groupAddress && change === 'created')
  const state = isGone ? 'missing' : drift.length > 0 ? 'drifted' : own.length > 0 ? 'pending' : 'clean'
  return { state, findings: [...drift, ...own] }
}

const place = ({ resource, attribute }: Finding) => `${resource} ${attribute ?? ''}`

function follows(finding: Finding, drifting: Set<string>): boolean {
  if (finding.resource.startsWith('output.')) return true
  // A resource that is gone is created again.
  if (finding.change === 'created') return drifting.has(`${finding.resource} `)
  // The stack has no value for what AWS alone decides, which changes along with the rest.
  const unknown = finding.change === 'changed' && !('after' in finding) && !finding.sensitive
  return unknown || drifting.has(place(finding))
}

function drifted(resource: string, change: Change): Finding[] {
  if (change.actions.includes('delete')) return [{ cause: 'world', resource, change: 'gone' }]
  return differences(change).map((difference) => ({
    cause: 'world',
    resource,
    change: 'changed',
    ...difference,
  }))
}

function planned(resource: string, change: Change): Finding[] {
  const { actions } = change
  const whole = (what: Finding['change']): Finding => ({ cause: 'stack', resource, change: what })
  if (actions.includes('no-op') || actions.includes('read')) return []
  if (actions.includes('create') && actions.includes('delete')) {
    return [whole('replaced'), ...changes(resource, change)]
  }
  if (actions.includes('create')) return [whole('created')]
  if (actions.includes('delete')) return [whole('deleted')]
  return changes(resource, change)
}

function changes(resource: string, change: Change): Finding[] {
  return differences(change).map((difference) => ({
    cause: 'stack',
    resource,
    change: 'changed',
    ...difference,
  }))
}

type Difference = Pick<Finding, 'attribute' | 'before' | 'after' | 'sensitive'>

function differences(change: Change): Difference[] {
  const { before, after, after_unknown, before_sensitive, after_sensitive } = change
  const all = compare(undefined, before, after, after_unknown, [before_sensitive, after_sensitive])
  // `tags_all` is `tags` over the provider's default tags, of which the stacks have none.
  return all.filter(({ attribute }) => !attribute?.startsWith('tags_all'))
}

/** Objects and maps attribute by attribute; lists and sets as one value. */
function compare(
  attribute: string | undefined,
  before: unknown,
  after: unknown,
  unknown: unknown,
  sensitive: unknown[],
): Difference[] {
  const named = attribute === undefined ? {} : { attribute }
  // A whole value may be marked, or parts of it by a structure of marks.
  if (sensitive.includes(true)) {
    return unknown === true || !isDeepStrictEqual(before, after) ? [{ ...named, sensitive: true }] : []
  }
  if (unknown === true) return [{ ...named, before }]
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(record(unknown))])
    return [...names].flatMap((name) =>
      compare(
        attribute === undefined ? name : `${attribute}.${name}`,
        before[name] ?? null,
        after[name] ?? null,
        record(unknown)[name],
        sensitive.map((marks) => record(marks)[name]),
      ),
    )
  }
  if (isDeepStrictEqual(before, after)) return []
  const hidden = sensitive.some(hasMark)
  return [hidden ? { ...named, sensitive: true } : { ...named, before, after }]
}

function hasMark(marks: unknown): boolean {
  return marks === true || (typeof marks === 'object' && marks !== null && Object.values(marks).some(hasMark))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
