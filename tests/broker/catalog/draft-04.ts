/** The rules of JSON Schema draft-04 for the keywords that this project's schemas use; others are refused. */
type Rule = (value: unknown) => boolean

const text: Rule = (value) => typeof value === 'string'
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isSchema: Rule = (value) => isObject(value) && draft04Errors(value).length === 0
const uniqueList =
  (entry: Rule): Rule =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every(entry) && new Set(value).size === value.length
const types = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

const keywords: Record<string, Rule> = {
  $schema: (value) => value === 'http://json-schema.org/draft-04/schema#',
  title: text,
  description: text,
  default: () => true,
  type: (value) => types.includes(value as string),
  anyOf: (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
  minimum: (value) => typeof value === 'number',
  maximum: (value) => typeof value === 'number',
  enum: uniqueList(() => true),
  required: uniqueList(text),
  properties: (value) => isObject(value) && Object.values(value).every(isSchema),
  pattern: text,
  minLength: (value) => typeof value === 'number',
  maxLength: (value) => typeof value === 'number',
  additionalProperties: (value) => typeof value === 'boolean' || isSchema(value),
}

/** @returns the keywords that draft-04 does not have, or has with another kind of value. */
export function draft04Errors(schema: Record<string, unknown>): string[] {
  return Object.entries(schema).flatMap(([keyword, value]) => (keywords[keyword]?.(value) ? [] : [keyword]))
}
