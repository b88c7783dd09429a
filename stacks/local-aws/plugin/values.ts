import { decode, Encoder, ExtensionCodec } from '@msgpack/msgpack'

/** A value that Terraform knows only after the apply. Compare with `=== UNKNOWN`. */
class Unknown {
  readonly unknown = true
}
export const UNKNOWN = Object.freeze(new Unknown())

/** A value of Terraform's type system. Sets and lists are arrays; a null is `null`, never absent. */
export type Value = null | string | number | boolean | Unknown | Value[] | ObjectValue
export type ObjectValue = { [name: string]: Value }

/** An unknown value; the second type carries hints about it ("not null"), which may be ignored. */
const UNKNOWN_TYPE = 0
const REFINED_UNKNOWN_TYPE = 12

const extensionCodec = new ExtensionCodec()
extensionCodec.register({
  type: UNKNOWN_TYPE,
  encode: (value) => (value === UNKNOWN ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
})
extensionCodec.register({ type: REFINED_UNKNOWN_TYPE, encode: () => null, decode: () => UNKNOWN })

export interface DynamicValue {
  msgpack: Uint8Array
}

/** Null stands for an object that is not there: no prior state, or a deleted resource. */
export function encodeValue(value: ObjectValue | null): DynamicValue {
  return { msgpack: new Encoder({ extensionCodec }).encode(value) }
}

export function decodeValue(value: DynamicValue | null | undefined): ObjectValue | null {
  if (!value || value.msgpack.length === 0) return null
  return decode(value.msgpack, { extensionCodec }) as ObjectValue | null
}

/** Structural equality. The order in a set is the caller's business: sort before comparing. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (a === UNKNOWN || b === UNKNOWN) return false
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    left.length === right.length &&
    left.every(([name, value]) => {
      const other = (b as ObjectValue)[name]
      return other !== undefined && sameValue(value as Value, other)
    })
  )
}
