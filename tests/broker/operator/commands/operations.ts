import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, instancePath, plans } from '../../../support/broker.ts'
import { finishWaits, groupOf, untilGroupIs } from '../../../support/groups.ts'
import { loginOf, withRedis } from '../../../support/redis.ts'
import { until } from '../../../support/until.ts'
import { cache, type Site, sessions } from './site.ts'

export function operations({ broker, operator, json, password }: Site): void {
  describe('operations are in operators’ hands', () => {
    test('each keeps a log of what was run and printed, without the password', async () => {
      const { operations } = await json('operations', 'sessions')
      const [last, provision] = [operations[0], operations.at(-1)]
      const { stdout } = await operator('log', 'sessions', '--operation', provision.id)
      expect(stdout).toMatch(/^\S+Z attempt 1: preparing\n/)
      expect(stdout).toContain('attempt 1: creating the replication group\n')
      expect(stdout).toMatch(/attempt 1: cdktf deploy\n.*Apply complete! Resources: 1 added/s)
      expect(stdout).toMatch(/password = <sensitive>/)
      expect(stdout).not.toContain(await password(sessions))
      expect((await json('log', 'sessions')).operation.id).toBe(last.id)
      expect((await operator('log', 'sessions', '--operation', randomUUID())).stderr).toContain(
        'no operation',
      )
    })

    test('a deletion that is cancelled can only be begun again: nothing is made anew in the place of the data', async () => {
      const id = randomUUID()
      await broker().created(id)
      await broker().bind(id, 'before')
      await broker().aws((aws) => aws.setBehaviour({ deletionMilliseconds: 3_600_000 }))
      await broker().deprovision(id)
      await untilGroupIs(broker(), id, 'deleting')
      expect((await operator('cancel', id)).stdout).toContain('The deprovision was stopped')
      expect(await broker().ended(id)).toMatchObject({ state: 'failed', instance_usable: false })
      expect((await broker().bind(id, 'key')).status).toBe(404)
      const binding = await broker().request('GET', `${instancePath(id)}/service_bindings/before`)
      expect(binding.status).toBe(404)
      expect((await operator('rotate', id)).stderr).toContain(
        'The last operation (deprovision) failed. Retry it first.',
      )
      expect((await broker().update(id, { parameters: { engineVersion: '7.0' } })).status).toBe(422)
      await finishWaits(broker())
      await operator('retry', id)
      expect(await broker().ended(id)).toMatchObject({ state: 'succeeded' })
    })

    test('a Redis gets a new password, and the one that it had ends when it is retired', async () => {
      const before = (await broker().bind(sessions, 'rotated')).body.credentials
      const ping = (credentials: typeof before) => withRedis(loginOf(credentials), (redis) => redis.ping())
      expect((await operator('retire', 'sessions')).stderr).toContain('no old credentials')
      expect((await operator('rotate', 'sessions')).stdout).toContain('The update is queued')
      expect(await broker().ended(sessions)).toMatchObject({ state: 'succeeded' })
      const after = (await broker().bind(sessions, 'after-it')).body.credentials
      expect(after).toEqual({ ...before, password: after.password, uri: after.uri })
      expect([await ping(before), await ping(after)]).toEqual(['PONG', 'PONG'])
      expect((await operator('retire', 'sessions', '--yes')).stdout).toContain('The update is queued')
      expect(await broker().ended(sessions)).toMatchObject({ state: 'succeeded' })
      await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
      expect(await ping(after)).toBe('PONG')
    })

    describe('an update in progress', () => {
      let cancelled: unknown
      beforeAll(async () => {
        await broker().aws((aws) => aws.setBehaviour({ modificationMilliseconds: 15_000 }))
        await broker().update(cache, { plan_id: plans['redis-3node'] })
        await untilGroupIs(broker(), cache, 'modifying')
        cancelled = await json('cancel', 'cache')
        // It goes when the last process of the attempt has ended.
        await until(() => !existsSync(join(broker().dataDirectory, 'work', cache)))
        await broker().aws((aws) => aws.setBehaviour({}))
      })

      test('is cancelled, and its terraform ends', async () => {
        const description = expect.stringContaining('Stopped by operator operator')
        expect(cancelled).toMatchObject({
          operation: { state: 'failed', description, finishedAt: expect.any(String) },
        })
        expect(await broker().ended(cache)).toMatchObject({ state: 'failed', description })
      })

      test('is begun once more when it has failed', async () => {
        expect((await operator('retry', 'cache')).stdout).toContain('The update is queued')
        expect(await broker().ended(cache)).toMatchObject({ state: 'succeeded' })
        expect(await json('show', 'cache')).toMatchObject({ plan: 'redis-3node' })
        expect((await operator('retry', 'cache')).stderr).toContain('succeeded')
        expect((await operator('cancel', 'cache')).stderr).toContain('No operation is in progress')
      })
    })

    describe('for an instance whose Redis is gone', () => {
      let ended: Answer['body']
      beforeAll(async () => {
        await broker().bind(sessions, 'in-time')
        await broker().aws((aws) => aws.deleteReplicationGroup(`cf-${sessions}`))
        await broker().update(sessions, { parameters: { engineVersion: '7.0' } })
        ended = await broker().ended(sessions)
      })

      test('an update fails, and says what an operator can do', async () => {
        expect(ended).toMatchObject({
          state: 'failed',
          description: expect.stringContaining('The Redis of this instance is gone'),
          instance_usable: false,
          update_repeatable: false,
        })
        expect((await operator('operations', 'sessions')).stdout).toContain('redis-broker reconcile')
        expect(await groupOf(broker(), sessions)).toBeUndefined()
      })

      test('nobody is bound: 422, and what can be done', async () => {
        for (const answer of [
          await broker().bind(sessions, 'too-late'),
          await broker().request('GET', `${instancePath(sessions)}/service_bindings/in-time`),
        ]) {
          expect(answer.status).toBe(422)
          expect(answer.body.description).toMatch(/The Redis of this instance is gone.*delete the instance/)
        }
      })
    })
  })
}
