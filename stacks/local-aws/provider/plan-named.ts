import type { Plan, PlanRequest } from '../plugin/provider.ts'
import { type ObjectValue, sameValue, UNKNOWN, type Value } from '../plugin/values.ts'
import type { Context } from './context.ts'
import { tagsAll } from './tags.ts'

interface Rules {
  /** The attributes that AWS decides at the creation. */
  computed: string[]
  defaults: ObjectValue
  /** A change of one of these needs a new object. */
  forceNew: string[]
  /** AWS stores this one in lower case. */
  lowerCase?: string
}

/** The plan of a resource that is there by its name: no wait, and no conditions among its attributes. */
export function planNamed(
  context: Context,
  { prior, proposed, config }: PlanRequest,
  { computed, defaults, forceNew, lowerCase }: Rules,
): Plan {
  const planned: ObjectValue = { ...proposed }
  for (const [name, value] of Object.entries(defaults)) planned[name] = config[name] ?? value
  if (lowerCase && typeof planned[lowerCase] === 'string') {
    planned[lowerCase] = planned[lowerCase].toLowerCase()
  }
  planned.tags_all = tagsAll(context.defaultTags, planned.tags)
  planned.region = config.region ?? context.region
  if (!prior) for (const name of computed) planned[name] = UNKNOWN
  const changed = (name: string) => prior !== null && !sameValue(meaning(prior[name]), meaning(planned[name]))
  return { planned, requiresReplace: forceNew.filter(changed) }
}

/** The older SDK does not tell what is not set from what is empty. */
function meaning(value: Value | undefined): Value {
  return value === undefined || value === '' || value === 0 || value === false ? null : value
}
