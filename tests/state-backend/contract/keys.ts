import { describe, expect, test } from 'vitest'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { bytesOf, clientOf, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function keys(bench: Bench): void {
  const { open } = bench
  describe('the keys of the encryption at rest', () => {
    const [first, second] = bench.keys
    const openWith = (keys: string) => open({ keyRing: KeyRing.parse(keys) })

    test('a missing key is a clear error at start', async () => {
      await clientOf((await openWith(first)).app, STACK).write(bytesOf(state(1)))
      await expect(openWith(second)).rejects.toThrow('keys that are not in the key ring: k1.')
      await expect(openWith(`${second},${first}`)).resolves.toBeDefined()
    })

    test('another key by a known id is a clear error at start, before anything is stored too', async () => {
      await openWith(first)
      await expect(openWith(KeyRing.newEntry('k1'))).rejects.toThrow('"k1" in the key ring is not the key')
    })

    test('re-encrypting moves everything to the first key while the states are read and written', async () => {
      const old = clientOf((await openWith(first)).app, 'busy')
      for (let serial = 1; serial <= 20; serial++) await old.write(bytesOf(state(serial)))
      const rotated = await openWith(`${second}\n${first}`)
      const busy = clientOf(rotated.app, 'busy')
      const work = (async () => {
        for (let serial = 21; serial <= 40; serial++) {
          expect((await busy.write(bytesOf(state(serial)))).status).toBe(200)
          expect(await (await busy.get()).json()).toEqual(state(serial))
        }
      })()
      const steps: [number, number][] = []
      const count = await rotated.reencrypt((done, total) => steps.push([done, total]))
      await work
      expect(steps).toHaveLength(count)
      expect(count).toBeGreaterThan(0)
      expect(await rotated.reencrypt()).toBe(0)
      const after = await openWith(second)
      expect(await after.read('busy')).toEqual(state(40))
      for (const { version, serial } of await after.versions('busy')) {
        expect(await after.version('busy', version)).toMatchObject(state(serial))
      }
    })
  })
}
