import * as v from 'valibot'
import { groupAddress } from '../provisioner/replication-group.ts'
import { parsed } from '../text/issues.ts'
import { type Difference, differencesOfOutput, differencesOfResource } from './differences.ts'
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
  /** The attributes that make terraform replace the resource. */
  replace_paths: v.optional(v.array(v.array(v.unknown())), []),
})
type Change = v.InferOutput<typeof Change>

const ResourceChanges = v.optional(v.array(v.object({ address: v.string(), change: Change })), [])

/** The part of terraform's plan, as `terraform show -json` prints it, that says what differs. */
const Plan = v.object({
  format_version: v.pipe(v.string(), v.startsWith('1.')),
  resource_drift: ResourceChanges,
  resource_changes: ResourceChanges,
  output_changes: v.optional(v.record(v.string(), Change), {}),
  /** The source of the values that the plan would change. */
  relevant_attributes: v.optional(
    v.array(v.object({ resource: v.string(), attribute: v.array(v.unknown()) })),
    [],
  ),
})
type Plan = v.InferOutput<typeof Plan>

export interface Classification {
  state: Exclude<DriftState, 'error'>
  findings: Finding[]
}

/**
 * The meaning of a plan for an instance.
 * @param json what `terraform show -json <plan>` prints
 * @throws Error when it is not a plan in a format that is known
 */
export function classify(json: string): Classification {
  const plan = parsed(Plan, JSON.parse(json), "Terraform's plan")
  const pending = [
    ...plan.resource_changes.flatMap(({ address, change }) =>
      planned(address, change, differencesOfResource),
    ),
    ...Object.entries(plan.output_changes).flatMap(([name, change]) =>
      planned(`output.${name}`, change, differencesOfOutput),
    ),
  ]
  const matters = whatMatters(plan, pending)
  const drift = plan.resource_drift
    .flatMap(({ address, change }) => drifted(address, change))
    .filter((finding) => finding.change === 'gone' || matters(finding))
  const drifting = new Set(drift.map(place))
  // What follows from drift is not a change of the stack: putting it right, and the outputs that show it.
  const own = drift.length === 0 ? pending : pending.filter((finding) => !follows(finding, drifting))
  // Only what was created once is checked: a group that would be created was destroyed along with its state.
  const isGone =
    drift.some(({ resource, change }) => resource === groupAddress && change === 'gone') ||
    own.some(({ resource, change }) => resource === groupAddress && change === 'created')
  const state = isGone ? 'missing' : drift.length > 0 ? 'drifted' : own.length > 0 ? 'pending' : 'clean'
  return { state, findings: [...drift, ...own] }
}

const place = ({ resource, attribute }: Pick<Finding, 'resource' | 'attribute'>) =>
  `${resource} ${attribute ?? ''}`

function follows(finding: Finding, drifting: Set<string>): boolean {
  if (finding.resource.startsWith('output.')) return true
  // A resource that is gone is created again.
  if (finding.change === 'created') return drifting.has(`${finding.resource} `)
  return isUnknown(finding) || drifting.has(place(finding))
}

/** The stack has no value for what AWS alone decides, which changes along with the rest. */
const isUnknown = (finding: Finding) =>
  finding.change === 'changed' && !('after' in finding) && !finding.sensitive

/**
 * Terraform's own rule: what changed in the world and is left so by the plan is no drift. The state takes it over at
 * the next deploy. It is what AWS decides, such as the zones after a failover, or what the stack leaves open.
 */
function whatMatters(plan: Plan, pending: Finding[]): (finding: Finding) => boolean {
  const putRight = new Set(pending.filter((finding) => !isUnknown(finding)).map(place))
  const shown = new Set(
    plan.relevant_attributes.map(({ resource, attribute: [name] }) => `${resource} ${name}`),
  )
  return ({ resource, attribute = '' }) =>
    putRight.has(place({ resource, attribute })) || shown.has(`${resource} ${attribute.split('.', 1)[0]}`)
}

function drifted(resource: string, change: Change): Finding[] {
  if (change.actions.includes('delete')) return [{ cause: 'world', resource, change: 'gone' }]
  return differencesOfResource(change).map((difference) => ({
    cause: 'world',
    resource,
    change: 'changed',
    ...difference,
  }))
}

function planned(
  resource: string,
  change: Change,
  differencesOf: (change: Change) => Difference[],
): Finding[] {
  const { actions } = change
  const whole = (what: Finding['change']): Finding => ({ cause: 'stack', resource, change: what })
  const parts = () =>
    differencesOf(change).map((difference): Finding => ({ ...whole('changed'), ...difference }))
  if (actions.includes('no-op') || actions.includes('read')) return []
  if (actions.includes('create') && actions.includes('delete')) {
    const reasons = new Set(change.replace_paths.map(([name]) => name))
    const because = ({ attribute = '' }: Finding) => reasons.has(attribute.split('.', 1)[0])
    return [
      whole('replaced'),
      ...parts().map((part) => (because(part) ? { ...part, replaces: true as const } : part)),
    ]
  }
  if (actions.includes('create')) return [whole('created')]
  if (actions.includes('delete')) return [whole('deleted')]
  return parts()
}
