import { isEmpty } from '../../../../broker/drift/differences.ts'
import type { Resource } from '../../../../stacks/local-aws/plugin/provider.ts'
import type { ObjectValue, Value } from '../../../../stacks/local-aws/plugin/values.ts'

/** All that a resource may have, unset, as Terraform gives it to a provider. */
export function everyAttribute({ schema }: Resource): ObjectValue {
  const { attributes, blocks = {} } = schema.block
  return {
    ...Object.fromEntries(Object.keys(attributes).map((name) => [name, null])),
    ...Object.fromEntries(Object.keys(blocks).map((name) => [name, name === 'timeouts' ? null : []])),
  }
}

export interface ProviderPlan {
  /** As a refresh finds it. */
  prior: ObjectValue
  /** The attributes that the plan would change. */
  changed: string[]
}

/**
 * The provider's own read and plan of a resource; undefined when it is gone.
 * @param before its attributes in the state
 * @param meaning of values that count as the same
 */
export async function providerPlan(
  resource: Resource,
  before: ObjectValue,
  config: ObjectValue,
  meaning: (value: Value) => Value = (value) => value,
): Promise<ProviderPlan | undefined> {
  const prior = await resource.read(before)
  if (!prior) return undefined
  const { attributes } = resource.schema.block
  const proposed = Object.fromEntries(
    Object.keys(prior).map((name): [string, Value] => {
      const given = config[name] ?? null
      const open = attributes[name]?.computed ?? name === 'node_group_configuration'
      return [name, given === null && open ? (prior[name] ?? null) : given]
    }),
  )
  const { planned: after } = resource.plan({ prior, proposed, config })
  const changed = Object.keys(after).filter((name) => {
    const [was, is] = [prior[name] ?? null, after[name] ?? null]
    return !(isEmpty(was) && isEmpty(is)) && JSON.stringify(meaning(was)) !== JSON.stringify(meaning(is))
  })
  return { prior, changed }
}
