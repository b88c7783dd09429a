import { type ObjectValue, UNKNOWN, type Value } from '../plugin/values.ts'

export type Tags = Record<string, string>

/** `tags_all`: the provider's default tags with the resource's own over them; unknown if any of them is. */
export function tagsAll(defaults: Tags, tags: Value | undefined): Value {
  if (tags === UNKNOWN) return UNKNOWN
  const own = (tags ?? {}) as ObjectValue
  return Object.values(own).includes(UNKNOWN) ? UNKNOWN : { ...defaults, ...own }
}

/** `tags`: what is on the resource, without what the default tags already say unless the resource says it too. */
export function ownTags(all: Tags, defaults: Tags, before: Value | undefined): Value {
  const repeated = (before ?? {}) as ObjectValue
  const own = Object.entries(all).filter(([key, value]) => defaults[key] !== value || key in repeated)
  if (own.length === 0 && (before === null || before === undefined)) return null
  return Object.fromEntries(own)
}

/** The tags to remove and to add to get from `before` to `after`. */
export function tagChanges(before: Tags, after: Tags): { removed: string[]; changed: Tags } {
  return {
    removed: Object.keys(before).filter((key) => !(key in after)),
    changed: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
  }
}
