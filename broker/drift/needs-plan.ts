import type { StateResource, TerraformState } from '../../state-backend/index.ts'
import type { AnswersBeside, NamesBeside } from '../platform/beside.ts'
import type { GroupAnswers } from '../platform/platform.ts'
import { groupAddress } from '../provisioner/replication-group.ts'
import { differencesOfResource, isEmpty } from './differences.ts'
import { type Answers, type Attributes, kindOf } from './refreshed.ts'

const nothing: AnswersBeside = { parameterGroups: new Map(), logGroups: new Map(), alarms: new Map() }

/**
 * Whether a refresh of a state would find anything else than it holds. It must never say that all is the same where
 * a plan would find a change; what it does not know for certain is left to the plan.
 * @returns undefined when all is the same, or why it needs a plan
 */
export function needsPlan(
  state: TerraformState | undefined,
  group: GroupAnswers | undefined,
  beside = nothing,
): string | undefined {
  if (!state) return 'its state can not be read'
  const { resources } = state
  if (!resources.some((resource) => addressOf(resource) === groupAddress)) return 'its state has no group'
  for (const resource of resources) {
    const reason = reasonOf(resource, { group, beside })
    if (reason) return `${addressOf(resource)}: ${reason}`
  }
  return undefined
}

/** The resources of states beside their groups, as far as they can be compared. */
export function namesBeside(states: TerraformState[]): NamesBeside {
  const names: NamesBeside = { parameterGroups: [], logGroups: [], alarms: [] }
  for (const resource of states.flatMap(({ resources }) => resources)) {
    const { beside } = kindOf(resource) ?? {}
    if (beside) names[beside].push(...resource.instances.map(({ attributes }) => String(attributes?.id)))
  }
  return names
}

const addressOf = ({ type, name }: StateResource) => `${type}.${name}`

function reasonOf(resource: StateResource, answers: Answers): string | undefined {
  const kind = kindOf(resource)
  if (!kind) return 'is not compared'
  if (resource.instances.length === 0) return 'is not whole'
  for (const { status, deposed, attributes: before } of resource.instances) {
    // Tainted, or one that another one has replaced.
    if (status || deposed || !before) return 'is not whole'
    const found = kind.refreshed(before, answers)
    const reason = 'reason' in found ? found.reason : differenceOf(before, found.attributes, kind.kept)
    if (reason) return reason
  }
  return undefined
}

function differenceOf(before: Attributes, after: Attributes, kept: string[]): string | undefined {
  const unknown = Object.keys(before).find(
    (name) => !(name in after) && name !== 'tags_all' && !kept.includes(name) && !isEmpty(before[name]),
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

/** Providers before 6.20 never read it. */
const isLeftOut = (name: string, before: Attributes) =>
  name === 'node_group_configuration' && isEmpty(before[name])

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
