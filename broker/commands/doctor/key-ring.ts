import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import type { Settings } from '../../settings/settings.ts'
import { openKeyRing } from '../../states/backend.ts'
import { about, type Check } from './check.ts'

/** The keys as they are. Undefined where the first start makes them: a check makes nothing. */
export async function existingKeyRing(settings: Settings): Promise<KeyRing | undefined> {
  const there = settings.STATE_KEYS !== undefined || existsSync(join(settings.DATA_DIR, 'state.keys'))
  return there ? openKeyRing(settings) : undefined
}

export const keyRing: Check = {
  subject: 'key ring',
  async run(settings) {
    const { ok, failed } = about('key ring')
    const ring = await existingKeyRing(settings)
    if (!ring) return ok('the first start makes a key, in DATA_DIR')
    const value = Buffer.from('doctor')
    const sealed = ring.encrypt(value, 'doctor')
    return Buffer.from(ring.decrypt(sealed, 'doctor')).equals(value)
      ? ok(`keys ${ring.ids.join(', ')}; ${ring.primaryId} encrypts and decrypts a value`)
      : failed('what it encrypts does not decrypt', 'Check STATE_KEYS.')
  },
}
