import type { Instance } from '../instances/instance.ts'
import type { Cost } from '../terraform/cost.ts'
import type { DriftState, Finding } from './finding.ts'

/** Who an instance is to people. */
export interface InstanceNames {
  instance: string
  name?: string
  space?: string
  spaceGuid: string
  organization?: string
  organizationGuid: string
}

/** How one instance was found. */
export interface Checked extends InstanceNames, Cost {
  type: 'checked'
  state: DriftState
  findings: Finding[]
  /** Why nothing could be found out; only of state `error`. */
  message: string | null
  checkedAt: Date | string
  durationMilliseconds: number
  /** Whether a plan was made; otherwise the look at all instances has found no difference. */
  planned: boolean
}

/** Why one instance was left out. */
export interface Skipped extends InstanceNames {
  type: 'skipped'
  reason: string
}

export interface Ended {
  type: 'ended'
  checked: number
  /** How many of them needed a plan. */
  planned: number
  skipped: number
  durationMilliseconds: number
  /** Of all terraform runs, the provider, and the broker's own look at all instances. */
  cpuSeconds: number
  /** The cost of the shared provider alone, where the system tells. */
  provider?: Cost
  exitCode: number
}

/** Events of a sweep as it goes on; its last event is `ended`, or it was interrupted. */
export type SweepEvent = { type: 'begun'; total: number } | Checked | Skipped | Ended

export function named({ id, context, spaceGuid, organizationGuid }: Instance): InstanceNames {
  return {
    instance: id,
    spaceGuid,
    organizationGuid,
    ...(context.instance_name ? { name: context.instance_name } : {}),
    ...(context.space_name ? { space: context.space_name } : {}),
    ...(context.organization_name ? { organization: context.organization_name } : {}),
  }
}

/**
 * As `terraform plan -detailed-exitcode`: 0 nothing differs, 2 something does, 1 errors. A sweep that has left out
 * all that it was to check has found out nothing, which is an error too.
 */
export function driftExit(checked: Pick<Checked, 'state'>[], skipped: number): number {
  if (checked.some(({ state }) => state === 'error')) return 1
  if (checked.length === 0 && skipped > 0) return 1
  return checked.some(({ state }) => state !== 'clean') ? 2 : 0
}

/** A finding in one line. */
export function sentence(finding: Finding): string {
  const { cause, resource, change } = finding
  if (change !== 'changed') return `${resource} ${cause === 'world' ? 'is' : 'would be'} ${change}`
  return `${resource}: ${difference(finding)}`
}

/**
 * An attribute with its two values. What the world has changed: `port was 6379, is 6380`. What a deploy would
 * change: `port is 6379, would be 6380`.
 */
export function difference({ cause, attribute = 'it', sensitive, ...values }: Finding): string {
  const [first, second] = cause === 'world' ? ['was', 'is'] : ['is', 'would be']
  if (sensitive) return `${attribute} ${cause === 'world' ? 'has changed' : 'would change'} (a secret)`
  const after = 'after' in values ? shownValue(values.after) : 'known after the deploy'
  return `${attribute} ${first} ${shownValue(values.before)}, ${second} ${after}`
}

const shownValue = (value: unknown) => JSON.stringify(value ?? null)
