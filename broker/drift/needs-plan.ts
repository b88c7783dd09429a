import { groupAttributes } from '../../stacks/replication-group/attributes.ts'
import type { TerraformState } from '../../state-backend/index.ts'
import type { GroupAnswers } from '../platform/platform.ts'
import { groupAddress } from '../provisioner/replication-group.ts'
import { differencesOfResource, isEmpty } from './differences.ts'

/**
 * Attributes that no refresh changes: Terraform keeps what the stack says of them. Any other one that AWS's answers
 * don't give can't be decided here.
 */
const kept = new Set([
  'apply_immediately',
  'auth_token',
  'auth_token_update_strategy',
  'final_snapshot_identifier',
  'preferred_cache_cluster_azs',
  'snapshot_arns',
  'snapshot_name',
  'timeouts',
])

/**
 * Whether a refresh of a state would find anything else than it holds. It must never say that all is the same where
 * a plan would find a change; what it does not know for certain is left to the plan.
 * @returns undefined when all is the same, or why it needs a plan
 */
export function needsPlan(
  state: TerraformState | undefined,
  answers: GroupAnswers | undefined,
): string | undefined {
  if (!state) return 'its state can not be read'
  if (!answers) return 'AWS tells of no such group'
  const { status, group, tags } = answers
  if (status !== 'available') return `AWS is busy with it (${status})`
  if (!group || !tags) return 'AWS has not told all of it'
  const before = onlyGroup(state)
  if (!before) return 'its state has more in it than a group'
  const after: Attributes = { ...groupAttributes(group, before), tags }
  const unknown = Object.keys(before).find(
    (name) => !(name in after) && name !== 'tags_all' && !kept.has(name) && !isEmpty(before[name]),
  )
  if (unknown) return `${unknown} can not be compared`
  const [difference] = differencesOfResource({
    before: pick(before, (name) => name in after),
    // What an older provider has not put into the state, no plan of it looks at.
    after: asIn(
      before,
      pick(after, (name) => name in before && !isLeftOut(name, before)),
    ),
  })
  return difference && `${difference.attribute} differs`
}

type Attributes = Record<string, unknown>

/** Providers before 6.20 never read it. */
const isLeftOut = (name: string, before: Attributes) =>
  name === 'node_group_configuration' && isEmpty(before[name])

/** The attributes of the one resource that a state may have. */
function onlyGroup({ resources }: TerraformState): Attributes | undefined {
  const [resource, ...others] = resources as StateResource[]
  if (!resource || others.length > 0 || resource.mode !== 'managed') return undefined
  const [instance, ...copies] = resource.instances
  if (`${resource.type}.${resource.name}` !== groupAddress || !instance || copies.length > 0) return undefined
  // Tainted, or one that another one has replaced.
  return instance.status || instance.deposed ? undefined : instance.attributes
}

interface StateResource {
  mode: string
  type: string
  name: string
  instances: { status?: string; deposed?: string; attributes?: Attributes }[]
}

function pick(all: Attributes, wanted: (name: string) => boolean): Attributes {
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)))
}

/** Providers before 6.0 have some truth values that later ones write as words. */
function asIn(before: Attributes, after: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      name,
      typeof before[name] === 'boolean' && typeof value === 'string' ? value === 'true' : value,
    ]),
  )
}
