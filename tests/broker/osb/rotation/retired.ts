import { beforeAll, describe, expect, test } from 'vitest'
import { succeeds } from '../../../support/instances.ts'
import { runCommand } from '../../../support/program.ts'
import {
  bound,
  broker,
  described,
  fetched,
  id,
  instance,
  ping,
  type Rotation,
  retire,
  rotate,
  rotation,
  settled,
} from './site.ts'

export function retired(): void {
  describe('a rotation whose old credentials are retired', () => {
    let before: Rotation
    let found: Awaited<ReturnType<typeof retiredByCommand>>
    const retiredByCommand = async () => {
      const { stdout } = await runCommand(['retire', id, '--yes'], broker())
      await succeeds(broker(), id)
      return {
        stdout,
        old: await ping(before.old).catch(String),
        renewed: await ping(before.renewed),
        fetched: await fetched(before.names.old),
        described: await described(),
        parameters: (await instance()).parameters,
        again: await retire(),
      }
    }
    beforeAll(async () => {
      before = await rotation()
      found = await retiredByCommand()
      await settled()
    })

    test('is over, and older bindings get what works', () => {
      expect(found.stdout).toContain('The update is queued')
      expect(found.old).toMatch(/WRONGPASS/)
      expect(found.renewed).toBe('PONG')
      expect(found.fetched).toEqual(before.renewed)
      expect(found.described).toBe('The old credentials have ended.')
      expect(found.parameters).toMatchObject({ engineVersion: '6.2' })
      expect(found.parameters).not.toHaveProperty('credentialsRotation')
      expect(found.again.status).toBe(200)
    })

    test('is followed by others, and one with force ends the oldest credentials, and only those', async () => {
      expect((await runCommand(['rotate', id], broker())).stdout).toContain('The update is queued')
      await succeeds(broker(), id)
      const third = await bound('third')
      await rotate({ force: true })
      await succeeds(broker(), id)
      const fourth = await bound('fourth')
      await expect(ping(before.renewed)).rejects.toThrow(/WRONGPASS/)
      expect(await described()).toContain('any older ones do not')
      const { stdout } = await runCommand(['operations', id], broker())
      expect(stdout).toContain('done: new credentials, by force')
      expect(await ping(third)).toBe('PONG')
      expect(await ping(fourth)).toBe('PONG')
      expect(await fetched(before.names.renewed)).toEqual(fourth)
    })
  })
}
