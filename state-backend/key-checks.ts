import { sql } from 'drizzle-orm'
import { KeyRingError } from './encryption/key-ring.ts'
import type { Store } from './store.ts'
import { keyChecks, versions } from './tables.ts'

const place = (keyId: string) => `key check/${keyId}`

/**
 * Refuses to start with a key ring that could not read what is stored, or that calls another key by a known id.
 * That is found out here, before anything is written that others could not read.
 *
 * Every key id ever used has a check: data that only this key opens. A key whose data is all re-encrypted may
 * leave the ring; its check stays, so that its id is never given to another key.
 * @throws KeyRingError that names the key
 */
export async function checkKeys({ db, keyRing }: Pick<Store, 'db' | 'keyRing'>): Promise<void> {
  await db.transaction(async (tx) => {
    const used = await tx.selectDistinct({ keyId: versions.keyId }).from(versions)
    const missing = used.map((row) => row.keyId).filter((id) => !keyRing.has(id))
    if (missing.length > 0) {
      throw new KeyRingError(
        `States are encrypted with keys that are not in the key ring: ${missing.join(', ')}.`,
      )
    }
    const values = keyRing.ids.map((keyId) => ({
      keyId,
      sealed: keyRing.encrypt(new Uint8Array(), place(keyId), keyId),
    }))
    const checks = await tx
      .insert(keyChecks)
      .values(values)
      .onConflictDoUpdate({ target: keyChecks.keyId, set: { keyId: sql`excluded.key_id` } })
      .returning()
    for (const { keyId, sealed } of checks) {
      try {
        keyRing.decrypt(sealed, place(keyId))
      } catch {
        throw new KeyRingError(
          `The key "${keyId}" in the key ring is not the key that had this id before. Bring back the key ring of before, which stands in STATE_KEYS or in a file: a file that was missing has been made anew, with another key.`,
        )
      }
    }
  })
}
