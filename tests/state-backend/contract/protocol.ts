import { describe, expect, test } from 'vitest'
import { bytesOf, lockInfo, md5, state } from '../../support/state-client.ts'
import { type Bench, STACK } from './bench.ts'

export function protocol(bench: Bench): void {
  const { client, grant } = bench
  describe('Terraform’s HTTP protocol', () => {
    test('a stack without a state answers 204', async () => {
      expect((await client().get()).status).toBe(204)
      expect(await bench.backend.read(STACK)).toBeUndefined()
    })

    test('what was posted under the lock is read byte for byte', async () => {
      const body = new TextEncoder().encode(
        ` {"serial":1,\t"big":12345678901234567890,${JSON.stringify(state(1)).slice(1)}\n`,
      )
      expect((await client().lock('L1')).status).toBe(200)
      expect((await client().post(body, 'L1')).status).toBe(200)
      expect((await client().unlock('L1')).status).toBe(200)
      const answer = await client().get()
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-md5')).toBe(md5(body))
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(body)
      expect(await bench.backend.stacks()).toContain(STACK)
    })

    test('a lock info that no database holds is refused, and locks nothing', async () => {
      for (const id of ['L1\0', 'L1\ud800']) expect((await client().lock(id)).status).toBe(400)
      expect((await client().lock('L1')).status).toBe(200)
    })

    test('a second lock is refused with the holder’s info, and its holder is told', async () => {
      await client().lock('L1')
      const answer = await client().lock('L2')
      expect(answer.status).toBe(423)
      expect(await answer.json()).toEqual({ ...lockInfo('L1'), Info: 'operator operator' })
      expect(await bench.backend.lockHolder(STACK)).toEqual({
        info: lockInfo('L1'),
        holder: 'operator operator',
        ofAttempt: false,
      })
      expect((await client().unlock('L2')).status).toBe(423)
      expect((await client().unlock('L1')).status).toBe(200)
      expect(await bench.backend.lockHolder(STACK)).toBeUndefined()
    })

    test('a request whose answer got lost may be repeated', async () => {
      const body = bytesOf(state(1))
      for (const _ of [1, 2]) expect((await client().lock('L1')).status).toBe(200)
      for (const _ of [1, 2]) expect((await client().post(body, 'L1')).status).toBe(200)
      for (const _ of [1, 2]) expect((await client().unlock('L1')).status).toBe(200)
      expect(await bench.backend.versions(STACK)).toHaveLength(1)
    })

    test('an operator forces a lock open without naming it, an attempt does not', async () => {
      const attempt = client(await grant('a1'))
      await client().lock('L1')
      expect((await attempt.forceUnlock()).status).toBe(423)
      expect((await client().forceUnlock()).status).toBe(200)
      expect((await attempt.lock('L2')).status).toBe(200)
    })

    test('nobody opens the lock of an attempt that is at work, with or without its id', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      for (const refused of [await client().forceUnlock(), await client().unlock('L1')]) {
        expect(refused.status).toBe(423)
        expect(await refused.text()).toContain('npx redis-broker cancel')
      }
      expect((await attempt.post(bytesOf(state(1)), 'L1')).status).toBe(200)
      // An operator may once the attempt is over, and an attempt gives up its own.
      await bench.backend.revoke('a1')
      expect((await client().forceUnlock()).status).toBe(200)
      const next = client(await grant('a2'))
      await next.lock('L2')
      expect((await next.unlock('L2')).status).toBe(200)
    })

    test('the program around opens the lock that it has looked at, and no other', async () => {
      const attempt = client(await grant('a1'))
      await attempt.lock('L1')
      expect(await bench.backend.lockHolder(STACK)).toMatchObject({ ofAttempt: true })
      await expect(bench.backend.unlock(STACK, 'L0', 'operator')).rejects.toMatchObject({ reason: 'locked' })
      expect(await bench.backend.lockHolder(STACK)).toMatchObject({ info: { ID: 'L1' } })
      for (const _ of [1, 2]) await bench.backend.unlock(STACK, 'L1', 'operator')
      expect(await bench.backend.lockHolder(STACK)).toBeUndefined()
    })

    test('an operator of an attempt’s name does not open its lock', async () => {
      const attempt = { stack: STACK, attempt: 'a1', access: 'write', holder: 'operator operator' } as const
      await client(await bench.backend.grant(attempt)).lock('L1')
      expect((await client().unlock('L1')).status).toBe(423)
    })

    test('whoever opens the lock of another is told in the log', async () => {
      await client().lock('L1')
      await bench.backend.unlock(STACK, 'L1', 'jane')
      expect(bench.logged.at(-1)).toEqual({
        message: 'State lock forced open',
        fields: { stack: STACK, lock: 'L1', holder: 'operator operator', by: 'jane' },
      })
      await client().lock('L2')
      await client().unlock('L2')
      expect(bench.logged.at(-1)?.message).toBe('State unlocked')
    })

    test('DELETE needs the lock; the versions stay and can be restored', async () => {
      await client().write(bytesOf(state(7)))
      expect((await client().delete()).status).toBe(428)
      await client().lock('L1')
      expect((await client(await grant('a1')).delete()).status).toBe(423)
      expect((await client().delete()).status).toBe(200)
      await client().unlock('L1')
      expect((await client().get()).status).toBe(204)
      await bench.backend.restore(STACK, 1, 'test')
      expect((await bench.backend.read(STACK))?.serial).toBe(8)
    })
  })
}
