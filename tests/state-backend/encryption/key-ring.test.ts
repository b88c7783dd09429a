import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadOrCreateKeyFile } from '../../../state-backend/encryption/key-file.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'

const [first, second] = [KeyRing.newEntry('2025'), KeyRing.newEntry('2024')]
const data = new TextEncoder().encode('a state')

describe('A key ring', () => {
  test('encrypts with its first key and decrypts with all', () => {
    const ring = KeyRing.parse(`${first}\n${second},\n`)
    expect(ring.ids).toEqual(['2025', '2024'])
    const old = KeyRing.parse(second).encrypt(data, 'place')
    expect(Buffer.from(ring.decrypt(old, 'place')).equals(data)).toBe(true)
    expect(KeyRing.keyIdOf(old)).toBe('2024')
    expect(KeyRing.keyIdOf(ring.encrypt(data, 'place'))).toBe('2025')
  })

  test('never encrypts the same data the same way twice', () => {
    const ring = KeyRing.parse(first)
    const all = Array.from({ length: 100 }, () => Buffer.from(ring.encrypt(data, 'place')).toString('hex'))
    expect(new Set(all).size).toBe(100)
  })

  test('opens nothing that was changed by a bit, cut, or moved to another place', () => {
    const ring = KeyRing.parse(first)
    const sealed = ring.encrypt(data, 'place')
    expect(() => ring.decrypt(sealed, 'other place')).toThrow('does not open')
    for (let index = 0; index < sealed.length; index++) {
      const changed = Uint8Array.from(sealed)
      changed[index] = (changed[index] as number) ^ 1
      expect(() => ring.decrypt(changed, 'place')).toThrow('key')
      expect(() => ring.decrypt(sealed.subarray(0, index), 'place')).toThrow('key')
    }
  })

  test('names the key that is missing', () => {
    const sealed = KeyRing.parse(first).encrypt(data, 'place')
    expect(() => KeyRing.parse(second).decrypt(sealed, 'place')).toThrow(
      'The key "2025" is not in the key ring.',
    )
  })

  test.each([
    ['', 'empty'],
    ['secret-without-an-id', 'Entry 1'],
    [`${first} bad/id:secret`, 'Entry 2'],
    [`${first},${first}`, '"2025" twice'],
    ['k1:c2VjcmV0', '"k1" is not 32 bytes'],
    // 32 bytes without the sign that base64 has not.
    [`k1:secret!${'A'.repeat(37)}=`, '"k1" is not 32 bytes'],
  ])('refuses %j and does not quote the key', (text, message) => {
    expect(() => KeyRing.parse(text)).toThrow(message)
    expect(() => KeyRing.parse(text)).not.toThrow(/secret|c2VjcmV0/)
  })
})

describe('The key file', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keys-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  test('is made once, for its owner only, also when many start at once', async () => {
    const path = join(directory, 'made', 'keys')
    const rings = await Promise.all(
      Array.from({ length: 16 }, async (_, moment) => {
        await sleep(moment)
        return loadOrCreateKeyFile(path)
      }),
    )
    const sealed = rings[0]?.encrypt(data, 'place') as Uint8Array
    for (const ring of [...rings, await loadOrCreateKeyFile(path)]) {
      expect(Buffer.from(ring.decrypt(sealed, 'place')).equals(data)).toBe(true)
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(directory, 'made'))).toEqual(['keys'])
  })

  test('is refused when others can read it', async () => {
    const path = join(directory, 'keys')
    await loadOrCreateKeyFile(path)
    await chmod(path, 0o640)
    await expect(loadOrCreateKeyFile(path)).rejects.toThrow('must have mode 0600')
  })

  test('is not replaced when it is damaged', async () => {
    const path = join(directory, 'keys')
    await loadOrCreateKeyFile(path)
    await truncate(path, 5)
    await expect(loadOrCreateKeyFile(path)).rejects.toThrow()
    expect(existsSync(path) && (await readFile(path)).length).toBe(5)
  })
})
