import { isDeepStrictEqual } from 'node:util'
import type { TerraformState } from './terraform-state.ts'

export type Change = 'added' | 'removed' | 'changed'

/**
 * The differences between two versions of a state. Of resources the names of the attributes are told and never
 * their values: a state does not mark every secret in them. Of outputs, values unless they are sensitive.
 */
export interface Comparison {
  resources: { address: string; change: Change; attributes: string[] }[]
  outputs: { name: string; change: Change; sensitive: boolean; before?: unknown; after?: unknown }[]
}

type Output = TerraformState['outputs'][string]
type Attributes = Record<string, unknown>

export function compareStates(before: TerraformState, after: TerraformState): Comparison {
  const resources = differences(instancesOf(before), instancesOf(after)).map(
    ({ name, change, from, to }) => ({
      address: name,
      change,
      attributes: differences(entries(from), entries(to)).map((attribute) => attribute.name),
    }),
  )
  const outputs = differences(entries(before.outputs), entries(after.outputs)).map(
    ({ name, change, from, to }) => {
      const sensitive = Boolean(from?.sensitive || to?.sensitive)
      return {
        name,
        change,
        sensitive,
        ...(sensitive ? {} : { ...shown('before', from), ...shown('after', to) }),
      }
    },
  )
  return { resources, outputs }
}

const entries = <T>(record: Record<string, T> = {}) => new Map(Object.entries(record))

const shown = (key: 'before' | 'after', output?: Output) => (output ? { [key]: output.value } : {})

/** Every resource instance by the address that terraform shows for it. */
function instancesOf(state: TerraformState): Map<string, Attributes> {
  const instances = new Map<string, Attributes>()
  for (const { module, mode, type, name, instances: all } of state.resources) {
    const address = [module, mode === 'data' ? 'data' : undefined, type, name].filter(Boolean).join('.')
    for (const { index_key: key, deposed, attributes } of all) {
      const index = key === undefined ? '' : `[${JSON.stringify(key)}]`
      instances.set(`${address}${index}${deposed ? ` (deposed ${deposed})` : ''}`, attributes ?? {})
    }
  }
  return instances
}

/** The differences between two maps, sorted by name. */
function differences<T>(before: Map<string, T>, after: Map<string, T>) {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name) => {
    const [from, to] = [before.get(name), after.get(name)]
    if (before.has(name) && after.has(name) && isDeepStrictEqual(from, to)) return []
    const change: Change = !before.has(name) ? 'added' : !after.has(name) ? 'removed' : 'changed'
    return [{ name, change, from, to }]
  })
}
