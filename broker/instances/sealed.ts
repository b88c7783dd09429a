import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'

/** Where a secret stands. It opens nowhere else. */
export interface Place {
  /** The kind of secret, in the plural: "outputs". */
  kind: string
  stack: string
  /**
   * Counted up with every new value, in a column beside it: an older value does not open in the place of a newer
   * one. 0 is what was saved before there were generations.
   */
  generation: number
}

/** A value that JSON can hold, as it is stored: encrypted, and of no use in another place. */
export function seal(keyRing: KeyRing, place: Place, value: unknown): Uint8Array {
  return keyRing.encrypt(new TextEncoder().encode(JSON.stringify(value)), associatedData(place))
}

/** @throws KeyRingError when the key is missing or wrong, or the value was changed or belongs elsewhere */
export function open<T>(keyRing: KeyRing, place: Place, sealed: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(keyRing.decrypt(sealed, associatedData(place))))
}

function associatedData({ kind, stack, generation }: Place): string {
  return `${kind} of ${stack}${generation === 0 ? '' : `, generation ${generation}`}`
}
