import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { bytesOf, READER, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function access(bench: Bench): void {
  const { client, grant } = bench
  describe('who gets in', () => {
    test('without good credentials nothing opens', async () => {
      for (const credentials of [
        { username: 'operator', password: 'guess' },
        { username: '', password: '' },
        { username: 'another', password: (await grant('a1')).password },
      ]) {
        const answer = await client(credentials).get()
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
      }
      expect((await bench.backend.app.request(`/${STACK}`)).status).toBe(401)
    })

    test('an attempt’s credentials open its stack only', async () => {
      const credentials = await grant('a1')
      expect((await client(credentials).get()).status).toBe(204)
      expect((await client(credentials, 'other').get()).status).toBe(403)
      expect((await client(credentials, 'other').lock('L1')).status).toBe(403)
    })

    test('who may read only can neither lock nor write', async () => {
      await client().write(bytesOf(state(1)))
      await client().lock('L1')
      for (const credentials of [await grant('a1', 'read'), READER]) {
        const reader = client(credentials)
        expect((await reader.get()).status).toBe(200)
        expect((await reader.lock('L1')).status).toBe(403)
        expect((await reader.post(bytesOf(state(2)), 'L1')).status).toBe(403)
        expect((await reader.unlock('L1')).status).toBe(403)
        expect((await reader.delete()).status).toBe(403)
      }
    })

    test('a newer attempt ends the older one and takes its lock over, and the log says so', async () => {
      const older = client(await grant('a1'))
      expect((await older.lock('L1')).status).toBe(200)
      const newer = client(await grant('a2'))
      expect(bench.logged).toContainEqual({
        message: 'State lock of an earlier attempt taken over',
        fields: { stack: STACK, lock: 'L1', holder: `a1 of ${STACK}`, by: `a2 of ${STACK}` },
      })
      expect((await older.post(bytesOf(state(1)), 'L1')).status).toBe(403)
      expect((await newer.lock('L2')).status).toBe(200)
      for (const answer of [
        older.post(bytesOf(state(1)), 'L2'),
        older.unlock('L2'),
        older.get(),
        older.lock('L2'),
      ]) {
        expect((await answer).status).toBe(403)
      }
      expect((await newer.post(bytesOf(state(1)), 'L2')).status).toBe(200)
    })

    test('an attempt that asks once more gets access anew', async () => {
      const first = client(await grant('update/10'))
      const again = client(await grant('update/10'))
      expect((await first.get()).status).toBe(403)
      expect((await again.get()).status).toBe(204)
    })

    test('an attempt that asks late gets nothing, and ends nothing', async () => {
      const newer = client(await grant('update/10'))
      await newer.lock('L1')
      await expect(grant('update/9')).rejects.toThrow('The attempt is over')
      expect((await newer.post(bytesOf(state(1)), 'L1')).status).toBe(200)
      await bench.backend.revoke('update/10')
      await expect(grant('update/9')).rejects.toThrow('The attempt is over')
      // A drift check is no attempt, and another operation begins to count anew.
      await grant('update/9', 'read')
      expect((await client(await grant('deletion/1')).get()).status).toBe(200)
    })

    test('a read grant and a grant of another stack end nothing', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      await grant('a2', 'read')
      await grant('a3', 'write', `${STACK}-other`)
      await bench.backend.revoke('a3')
      expect((await attempt.post(bytesOf(state(1)), 'L1')).status).toBe(200)
    })

    test('the credentials of an attempt that nobody ended end by themselves', async () => {
      const attempt = client(await grant('a1'))
      expect((await attempt.get()).status).toBe(204)
      await bench.database.db.execute(sql`update state_backend.grants set expires_at = now()`)
      expect((await attempt.get()).status).toBe(401)
      // What has ended so is forgotten when there is something new.
      await grant('a2')
      const kept = await bench.database.db.select({ attempt: sql`attempt` }).from(sql`state_backend.grants`)
      expect(kept).toEqual([{ attempt: 'a2' }])
    })

    test('the lock of an attempt that nobody ended opens once its credentials have ended by themselves', async () => {
      await client(await grant('a1')).lock('L1')
      expect((await client().unlock('L1')).status).toBe(423)
      await bench.database.db.execute(sql`update state_backend.grants set expires_at = now()`)
      expect((await client().unlock('L1')).status).toBe(200)
      expect(await bench.backend.lockHolder(STACK)).toBeUndefined()
    })

    test('credentials that only read end within minutes, whether or not anybody ends them', async () => {
      const minutesOf = async (access: 'read' | 'write') => {
        await grant(`a/${access}`, access)
        const [row] = await bench.database.db
          .select({ minutes: sql<number>`extract(epoch from expires_at - now())::integer / 60` })
          .from(sql`state_backend.grants`)
          .where(sql`access = ${access}`)
        return row?.minutes
      }
      expect(await minutesOf('read')).toBeLessThanOrEqual(5)
      // As long as an operation may take.
      expect(await minutesOf('write')).toBeGreaterThan(120)
    })

    test('what a dead process could read is ended, and nobody else’s', async () => {
      const [dead, alive] = [await grant('drift/one/1', 'read'), await grant('drift/other/1', 'read')]
      const writer = await grant('drift/one/2')
      await bench.backend.revokeReads('drift/one/')
      expect((await client(dead).get()).status).toBe(403)
      expect((await client(alive).get()).status).toBe(204)
      expect((await client(writer).get()).status).toBe(204)
    })

    test('an operator’s lock is not taken over', async () => {
      await client().lock('L1')
      const attempt = client(await grant('a1'))
      expect((await attempt.lock('L2')).status).toBe(423)
    })

    test('a revoked attempt is shut out, and its lock stays until a newer attempt or an operator frees it', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      await bench.backend.revoke('a1')
      expect((await attempt.post(bytesOf(state(1)), 'L1')).status).toBe(403)
      expect((await attempt.unlock('L1')).status).toBe(403)
      expect((await client().lock('L2')).status).toBe(423)
      expect((await client(await grant('a2')).lock('L3')).status).toBe(200)
    })
  })
}
