import { describe, expect, test, vi } from 'vitest'
import { instancePath, plans } from '../../../support/broker.ts'
import { once } from '../../../support/once.ts'
import { type Site, sessions } from './site.ts'

/** @returns does all that needs the Redis of the sessions, for a test that ends it */
export function locks({ broker, operator, request }: Site): () => Promise<unknown> {
  const lock = (id: string, method: 'LOCK' | 'UNLOCK' = 'LOCK') =>
    request(method, `/state/${id}/lock`, {
      ID: 'by-hand',
      Operation: 'OperationTypeApply',
      Who: 'somebody@their-machine',
      Created: new Date().toISOString(),
    })

  const excluded = once(async () => {
    expect((await lock(sessions)).status).toBe(200)
    await broker().update(sessions, { plan_id: plans['redis-3node'] })
    await vi.waitFor(
      async () => {
        const { body } = await broker().request('GET', `${instancePath(sessions)}/last_operation`)
        expect(body).toMatchObject({
          state: 'in progress',
          description: expect.stringMatching(
            /An operator is working on this Redis.*the broker tries again by itself/,
          ),
        })
      },
      { timeout: 60_000, interval: 100 },
    )
    const { body } = await request('GET', `/operator/instances/${sessions}/operations`)
    expect(body.operations[0].detail).toContain('operator operator')
    expect((await lock(sessions, 'UNLOCK')).status).toBe(200)

    // Once it is open the operation goes on by itself.
    await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 8000 }))
    // To try the lock meanwhile would be to keep the operation out.
    await vi.waitFor(
      async () => {
        const { body } = await request('GET', `/operator/instances/${sessions}`)
        expect(body.lock?.holder).toMatch(/^broker operation .*, attempt \d+$/)
      },
      { timeout: 60_000, interval: 100 },
    )
    const refused = await lock(sessions)
    expect(refused.status).toBe(423)
    expect(refused.body.Info).toMatch(/^broker operation .*, attempt \d+$/)
    const unlocked = await request('POST', `/operator/instances/${sessions}/unlock`, {})
    expect(unlocked.body.error).toContain('Cancel it instead')
    await broker().aws((aws) => aws.setBehaviour({}))
    expect(await broker().ended(sessions)).toMatchObject({ state: 'succeeded' })
  })

  describe('an operator and the broker exclude each other', () => {
    test("a lock that the operator has makes the broker's operation wait for it, and the other way round", async () => {
      await excluded()
    })

    test('a lock that somebody forgot is opened', async () => {
      await lock(sessions)
      expect((await operator('show', 'sessions')).stdout).toContain('held by operator operator')
      expect((await operator('unlock', 'sessions', '--yes')).stdout).toContain(
        'The lock by-hand of operator operator is open',
      )
      expect((await request('GET', `/operator/instances/${sessions}`)).body).toMatchObject({ lock: null })
      expect((await operator('unlock', 'sessions')).stderr).toContain('not locked')
    })
  })

  return excluded
}
