import * as v from 'valibot'
import { StateBackendError } from './errors.ts'
import { isStorable } from './postgres/storable.ts'

const StateInstance = v.looseObject({
  index_key: v.optional(v.union([v.string(), v.number()])),
  /** `tainted` when Terraform would replace it. */
  status: v.optional(v.string()),
  deposed: v.optional(v.string()),
  attributes: v.optional(v.record(v.string(), v.unknown())),
})
export type StateInstance = v.InferOutput<typeof StateInstance>

const StateResource = v.looseObject({
  module: v.optional(v.string()),
  mode: v.string(),
  type: v.string(),
  name: v.string(),
  instances: v.array(StateInstance),
})
export type StateResource = v.InferOutput<typeof StateResource>

const Output = v.looseObject({ value: v.unknown(), sensitive: v.optional(v.boolean()) })

/** Terraform's state, format version 4: the parts that this project looks at. */
const TerraformState = v.looseObject({
  version: v.literal(4),
  serial: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  lineage: v.pipe(v.string(), v.nonEmpty(), v.check(isStorable)),
  outputs: v.record(v.string(), Output),
  resources: v.array(StateResource),
})
export type TerraformState = v.InferOutput<typeof TerraformState>

/**
 * Reads a state. Half an upload, another format or an empty object is none.
 * @throws StateBackendError `malformed`; the message never quotes the content
 */
export function parseState(bytes: Uint8Array): TerraformState {
  const json = parseJson(bytes)
  const result = v.safeParse(TerraformState, json)
  if (result.success) return result.output
  const where = v.getDotPath(result.issues[0])
  throw new StateBackendError(
    'malformed',
    `The body is not a Terraform state of version 4: see ${where ?? 'its top level'}.`,
  )
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new StateBackendError('malformed', 'The body is not valid JSON in UTF-8.')
  }
}

/** JSON with the source text of its numbers: in Node 22, but not yet in TypeScript's library. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): object
  rawJSON(source: string): unknown
}

/** How far above the current serial one may be. Terraform raises it by one at each change. */
const SERIAL_LEAP = 1_000_000

/** Whether a serial is so far above the current one that soon none may be left: after the highest, no write counts. */
export function isLeap(serial: number, current: number | null): boolean {
  return serial - (current ?? 0) > SERIAL_LEAP
}

/** The serial after the first of these that leaves room for more; 1 when none does. */
export function nextSerial(...used: (number | null | undefined)[]): number {
  return (used.find((serial) => Number.isSafeInteger((serial ?? 0) + SERIAL_LEAP)) ?? 0) + 1
}

/** The same state with another serial. Numbers beyond JavaScript's precision keep every digit. */
export function withSerial(bytes: Uint8Array, serial: number): Uint8Array {
  const state = exactJson.parse(new TextDecoder().decode(bytes), (_key, value, { source }) =>
    typeof value === 'number' ? exactJson.rawJSON(source) : value,
  )
  return new TextEncoder().encode(`${JSON.stringify({ ...state, serial }, null, 2)}\n`)
}
