import { Query } from './query.ts'

/** The body of a request in AWS's JSON protocol, as the Query protocol would have it. */
export function queryOfJson(body: object): Query {
  return new Query(parametersOf(body))
}

interface Parameters {
  [name: string]: string | Parameters
}

function parametersOf(body: object): Parameters {
  const parameters: Parameters = Object.create(null)
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue
    parameters[name] = typeof value === 'object' ? parametersOf(value) : String(value)
  }
  return parameters
}

/** A result as the JSON protocol has it: where XML has a list of members, an array. */
export function jsonOfResult(result: object): object {
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, jsonOf(value)]))
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value)
  if (names.length > 0 && names.join() !== 'member') return jsonOfResult(value)
  const { member = [] } = value as { member?: unknown[] }
  return member.map(jsonOf)
}
