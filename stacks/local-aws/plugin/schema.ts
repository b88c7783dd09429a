import { type ObjectValue, UNKNOWN, type Value } from './values.ts'

export type AttributeType = 'string' | 'number' | 'bool' | ['set' | 'list' | 'map', AttributeType]

export interface Attribute {
  type: AttributeType
  required?: boolean
  optional?: boolean
  computed?: boolean
  sensitive?: boolean
}

export interface NestedBlock {
  nesting: 'SINGLE' | 'LIST' | 'SET'
  block: Block
  minItems?: number
  maxItems?: number
}

export interface Block {
  attributes: Record<string, Attribute>
  blocks?: Record<string, NestedBlock>
}

export interface Schema {
  version: number
  block: Block
}

/** The schema in the protocol's own shape. */
export function wireSchema({ version, block }: Schema): object {
  return { version, block: wireBlock(block) }
}

function wireBlock({ attributes, blocks = {} }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, { type, ...rest }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...rest,
    })),
    block_types: Object.entries(blocks).map(([type_name, { nesting, block, minItems, maxItems }]) => ({
      type_name,
      nesting,
      block: wireBlock(block),
      min_items: minItems ?? 0,
      max_items: maxItems ?? 0,
    })),
  }
}

/**
 * The object with exactly the schema's names: what is absent becomes null (an empty array for a block that
 * repeats), what the schema does not know is left out. So a state of an older schema fits this one.
 */
export function conform(block: Block, object: ObjectValue): ObjectValue {
  const result: ObjectValue = {}
  for (const name of Object.keys(block.attributes)) result[name] = object[name] ?? null
  for (const [name, nested] of Object.entries(block.blocks ?? {})) {
    const value = object[name] ?? null
    if (nested.nesting === 'SINGLE') {
      result[name] = isObject(value) ? conform(nested.block, value) : null
    } else {
      const items = Array.isArray(value) ? value : []
      result[name] = items.filter(isObject).map((item) => conform(nested.block, item))
    }
  }
  return result
}

function isObject(value: Value): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value !== UNKNOWN
}
