import { isDeepStrictEqual } from 'node:util'
import type { StackConfiguration } from '../../stacks/render.ts'
import type { TerraformState } from '../../state-backend/index.ts'

/**
 * Whether a state has all that a stack says: its resources and no others, each whole and with every attribute as
 * configured, and its outputs as the resources have them now. False also for what can't be told without a plan, such as
 * an expression or a value that the provider writes in other words.
 */
export function isSettled(state: TerraformState | undefined, configuration: StackConfiguration): boolean {
  if (!state) return false
  const resources = resourcesOf(state)
  const wanted = Object.entries(configuration.resource ?? {}).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, body]) => [`${type}.${name}`, body] as const),
  )
  return (
    resources !== undefined &&
    resources.size === wanted.length &&
    wanted.every(([address, body]) => hasAttributes(resources.get(address), body)) &&
    hasOutputs(state.outputs, configuration.output ?? {}, resources)
  )
}

type Attributes = Record<string, unknown>

/** The attributes by address; undefined when a resource is not whole. */
function resourcesOf({ resources }: TerraformState): Map<string, Attributes> | undefined {
  const found = new Map<string, Attributes>()
  for (const { mode, type, name, module, instances } of resources) {
    const [one, ...others] = instances
    if (mode !== 'managed' || module || others.length > 0) return undefined
    if (!one?.attributes || one.status || one.deposed) return undefined
    found.set(`${type}.${name}`, one.attributes)
  }
  return found
}

interface Lifecycle {
  ignore_changes?: string[]
}

function hasAttributes(attributes: Attributes | undefined, body: Record<string, unknown>): boolean {
  const { lifecycle, '//': _metadata, ...configured } = body
  const ignored = (lifecycle as Lifecycle | undefined)?.ignore_changes ?? []
  return Object.entries(configured).every(
    ([name, value]) => ignored.includes(name) || isSame(value, attributes?.[name]),
  )
}

/** Sets have no order in a configuration, and Terraform takes a text for a boolean or a number. */
function isSame(configured: unknown, value: unknown): boolean {
  if (value === null || value === undefined) return false
  if (Array.isArray(configured))
    return Array.isArray(value) && isDeepStrictEqual([...configured].sort(), [...value].sort())
  return typeof configured === 'object'
    ? isDeepStrictEqual(configured, value)
    : String(configured) === String(value)
}

/** An output that is one attribute of a resource. */
const reference = /^\$\{(\w+\.\w+)\.(\w+)\}$/

function hasOutputs(
  outputs: TerraformState['outputs'],
  configured: Record<string, { value: unknown }>,
  resources: Map<string, Attributes>,
): boolean {
  const names = Object.keys(configured)
  return (
    names.length === Object.keys(outputs).length &&
    names.every((name) => {
      const [, address = '', attribute = ''] = reference.exec(String(configured[name]?.value)) ?? []
      const value = resources.get(address)?.[attribute]
      return value !== undefined && isDeepStrictEqual(outputs[name]?.value, value)
    })
  )
}
