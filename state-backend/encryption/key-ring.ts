import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** A wrong key ring, or data that it can't open. The message never holds a key or data. */
export class KeyRingError extends Error {
  override name = 'KeyRingError'
}

/**
 * The keys that data is encrypted with at rest. The first key encrypts, all keys decrypt.
 *
 * Encrypted data is: length of the key id (1 byte), key id, nonce (12), ciphertext, tag (16). The header and the
 * caller's associated data are authenticated, so that data moved to another place does not open there.
 */
export class KeyRing {
  readonly #keys: Map<string, Buffer>

  private constructor(keys: Map<string, Buffer>) {
    this.#keys = keys
  }

  /**
   * Reads `<id>:<32 bytes in base64>` entries, separated by commas or white space.
   * @throws KeyRingError that names the entry and not the key
   */
  static parse(text: string): KeyRing {
    const keys = new Map<string, Buffer>()
    for (const [index, entry] of text
      .split(/[\s,]+/)
      .filter(Boolean)
      .entries()) {
      const colon = entry.indexOf(':')
      const id = entry.slice(0, Math.max(colon, 0))
      if (!KEY_ID.test(id)) throw new KeyRingError(`Entry ${index + 1} of the key ring has no valid key id.`)
      if (keys.has(id)) throw new KeyRingError(`The key ring names the key "${id}" twice.`)
      const base64 = entry.slice(colon + 1)
      const key = Buffer.from(base64, 'base64')
      // Node skips what is not base64, so that a key with a typing error would pass for another key.
      if (key.length !== KEY_BYTES || key.toString('base64') !== base64) {
        throw new KeyRingError(`The key "${id}" is not ${KEY_BYTES} bytes in base64.`)
      }
      keys.set(id, key)
    }
    if (keys.size === 0) throw new KeyRingError('The key ring is empty.')
    return new KeyRing(keys)
  }

  /** A new entry for `parse`, with a key from the system's random source. */
  static newEntry(id: string): string {
    return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`
  }

  /** The id of the key in `sealed`, whether or not the ring has it. */
  static keyIdOf(sealed: Uint8Array): string {
    return Buffer.from(sealed.subarray(1, 1 + (sealed[0] ?? 0))).toString('latin1')
  }

  /** All key ids; the first one encrypts. */
  get ids(): string[] {
    return [...this.#keys.keys()]
  }

  /** The id of the key that encrypts. */
  get primaryId(): string {
    return this.ids[0] as string
  }

  /** The ids of keys that nobody has drawn at random: a passphrase, zeros, a row of numbers. */
  get guessable(): string[] {
    return this.ids.filter((id) => isGuessable(this.#key(id)))
  }

  has(id: string): boolean {
    return this.#keys.has(id)
  }

  /** @param associatedData names the place of the data; decrypting needs the same */
  encrypt(plaintext: Uint8Array, associatedData: string, keyId: string = this.primaryId): Uint8Array {
    const header = Buffer.concat([Buffer.of(keyId.length), Buffer.from(keyId, 'latin1')])
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#key(keyId), nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.concat([header, Buffer.from(associatedData)]))
    return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  /** @throws KeyRingError when the key is missing or wrong, or the data was changed or belongs elsewhere */
  decrypt(sealed: Uint8Array, associatedData: string): Uint8Array {
    const keyId = KeyRing.keyIdOf(sealed)
    const key = this.#key(keyId)
    const body = sealed.subarray(1 + keyId.length)
    try {
      const decipher = createDecipheriv(ALGORITHM, key, body.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.concat([sealed.subarray(0, 1 + keyId.length), Buffer.from(associatedData)]))
      decipher.setAuthTag(body.subarray(-TAG_BYTES))
      return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
    } catch {
      throw new KeyRingError(
        `Data of the key "${keyId}" does not open: the key is wrong or the data was changed.`,
      )
    }
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id)
    if (!key) throw new KeyRingError(`The key "${id}" is not in the key ring.`)
    return key
  }
}

/** Of 32 random bytes about 30 are different ones, most can't be typed, and no two neighbours differ alike. */
function isGuessable(key: Uint8Array): boolean {
  const steps = key.map((byte, index) => byte - (key[index - 1] ?? 0)).slice(1)
  const isTyped = key.every((byte) => byte >= 32 && byte < 127)
  return new Set(key).size < 16 || new Set(steps).size < 8 || isTyped
}
