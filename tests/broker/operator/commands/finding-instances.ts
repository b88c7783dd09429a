import { describe, expect, test } from 'vitest'
import { runCommand } from '../../../support/program.ts'
import { cache, type Site, sessions } from './site.ts'

export function findingInstances({ broker, operator, json, request }: Site): void {
  describe('an operator finds instances', () => {
    test.each([
      { filter: 'name=cache', found: [cache] },
      { filter: 'space=production', found: [sessions] },
      { filter: 'organization=e6f6fbf3-0000-4000-8000-000000000001', found: [sessions, cache] },
      { filter: 'plan=redis-3node', found: [] },
      { filter: 'drift=clean&operation=succeeded', found: [sessions, cache] },
    ])('by $filter', async ({ filter, found }) => {
      const { body } = await request('GET', `/operator/instances?${filter}`)
      const ids = body.instances.map(({ instance }: { instance: string }) => instance)
      expect(ids.toSorted()).toEqual(found.toSorted())
    })

    test('by all of it in the command', async () => {
      const name = ['--name', 'cache', '--space', 'staging', '--plan', 'redis-dev']
      const { instances } = await json('list', ...name, '--drift', 'clean', '--operation', 'succeeded')
      expect(instances).toMatchObject([{ instance: cache }])
    })

    test('and sees all about one', async () => {
      expect((await request('GET', '/operator/instances/sessions')).body).toMatchObject({
        instance: sessions,
        name: 'sessions',
        plan: 'redis-dev',
        stack: { replicationGroupId: `cf-${sessions}` },
        state: { serial: 1, writer: expect.stringContaining('broker operation') },
        lock: null,
        operations: [{ type: 'provision', state: 'succeeded' }],
        driftState: 'clean',
      })
      expect((await operator('show', 'sessions')).stdout).toContain(`cf-${sessions}`)
    })

    test('and what organizations use', async () => {
      const organizationGuid = 'e6f6fbf3-0000-4000-8000-000000000001'
      const counts = { instances: 2, nodes: 2, blocks: 0, dollarsPerMonth: 0 }
      expect((await request('GET', '/operator/usage')).body).toEqual({
        organizations: [{ organizationGuid, organization: null, ...counts }],
      })
      expect((await operator('usage')).stdout).toMatch(new RegExp(`^${organizationGuid}( +[0-9]+){4}$`, 'm'))
    })

    test('but not without the right password', async () => {
      const run = await runCommand(['list'], broker(), {
        OPERATOR_PASSWORD: 'wrong',
      })
      expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('OPERATOR_PASSWORD') })
      expect((await broker().request('GET', '/operator/instances')).status).toBe(401)
    })
  })
}
