import type { ObjectValue, Value } from '../../plugin/values.ts'

/** By name; what is unknown or half there is left out. */
export function parametersIn(blocks: Value | undefined): Record<string, string> {
  const all = Array.isArray(blocks) ? (blocks as ObjectValue[]) : []
  return Object.fromEntries(
    all.flatMap(({ name, value }) =>
      typeof name === 'string' && typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  )
}

/** In order, so that the same set is the same value. */
export function parameterBlocks(values: Record<string, string>): ObjectValue[] {
  return Object.entries(values)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({ name, value }))
}
