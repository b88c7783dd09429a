import { type KeyRing, KeyRingError } from '../../state-backend/encryption/key-ring.ts'
import type { Log } from '../logging/log.ts'

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

/**
 * For answers that can do without a secret: what does not open must not hide what is known of an instance besides.
 * @param read opens it
 * @returns undefined, after a warning, where it does not open
 */
export function ifReadable<T>(log: Pick<Log, 'warn'>, read: () => T): T | undefined {
  try {
    return read()
  } catch (err) {
    if (!(err instanceof KeyRingError)) throw err
    log.warn({ err }, 'stored credentials do not open, the answer goes without them')
    return undefined
  }
}

function associatedData({ kind, stack, generation }: Place): string {
  return `${kind} of ${stack}${generation === 0 ? '' : `, generation ${generation}`}`
}
