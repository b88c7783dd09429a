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
