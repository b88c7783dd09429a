import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, instancePath } from '../../../support/broker.ts'
import { finishWaits, groupOf, untilGroupIs } from '../../../support/groups.ts'
import { cache, type Site, sessions } from './site.ts'

const guid = ({ instance }: { instance: string }) => instance

/**
 * Two of these tests end what the others use.
 * @param before does all that the others need of it
 */
export function operations(
  { broker, operator, json, request, ofSessions }: Site,
  before: Record<'sessionsEnd' | 'cacheEnds', () => Promise<unknown>>,
): void {
  describe('operations are in operators’ hands', () => {
    test('each keeps a log of what was run and printed, without the password', async () => {
      const { operations } = (await request('GET', `/operator/instances/${sessions}/operations`)).body
      const [last, provision] = [operations[0], operations.at(-1)]
      const { stdout } = await operator('log', 'sessions', '--operation', provision.id)
      expect(stdout).toMatch(/^\S+Z attempt 1: preparing\n/)
      expect(stdout).toContain('attempt 1: creating the replication group\n')
      expect(stdout).toMatch(/attempt 1: cdktf deploy\n.*Apply complete! Resources: 1 added/s)
      expect(stdout).toMatch(/password = <sensitive>/)
      expect(stdout).not.toContain(ofSessions().password)
      const log = (query: string) => request('GET', `/operator/instances/${sessions}/log${query}`)
      expect((await log('')).body.operation.id).toBe(last.id)
      expect((await log(`?operation=${randomUUID()}`)).body.error).toContain('no operation')
    })

    describe('for an instance whose Redis is gone', () => {
      let ended: Answer['body']
      beforeAll(async () => {
        await before.sessionsEnd()
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

    test('a deletion that is cancelled can only be begun again: nothing is made anew in the place of the data', async () => {
      await before.cacheEnds()
      await broker().bind(cache, 'before')
      await broker().aws((aws) => aws.setBehaviour({ deletionMilliseconds: 3_600_000 }))
      await broker().deprovision(cache)
      await untilGroupIs(broker(), cache, 'deleting')
      expect((await operator('cancel', cache)).stdout).toContain('The deprovision was stopped')
      expect(await broker().ended(cache)).toMatchObject({ state: 'failed', instance_usable: false })
      expect((await broker().bind(cache, 'key')).status).toBe(404)
      const binding = await broker().request('GET', `${instancePath(cache)}/service_bindings/before`)
      expect(binding.status).toBe(404)
      const rotation = await request('POST', `/operator/instances/${cache}/rotate`, {})
      expect(rotation.body.error).toContain('The last operation (deprovision) failed. Retry it first.')
      expect((await broker().update(cache, { parameters: { engineVersion: '7.0' } })).status).toBe(422)
      await finishWaits(broker())
      await untilGroupIs(broker(), cache, undefined)
      const reconciled = await request('POST', `/operator/drift/reconcile/${cache}`, {})
      expect(reconciled).toMatchObject({ status: 409, body: rotation.body })
      expect((await operator('drift', cache)).code).toBe(2)
      const missing = (await json('list', '--drift', 'missing')).instances.map(guid)
      expect(missing).toContain(cache)
      const { instances } = await json('reconcile-all', '--missing', '--dry-run')
      expect(instances.map(guid)).toEqual(missing.filter((id: string) => id !== cache))
      await request('POST', `/operator/instances/${cache}/retry`, {})
      expect(await broker().ended(cache)).toMatchObject({ state: 'succeeded' })
    })
  })
}
