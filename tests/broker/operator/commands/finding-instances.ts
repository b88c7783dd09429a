import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../../support/program.ts'
import { cache, type Site, sessions } from './site.ts'

const filters = [
  { filter: 'name=cache', found: [cache] },
  { filter: 'space=production', found: [sessions] },
  { filter: 'organization=e6f6fbf3-0000-4000-8000-000000000001', found: [sessions, cache] },
  { filter: 'plan=redis-3node', found: [] },
  { filter: 'drift=clean&operation=succeeded', found: [sessions, cache] },
]

export function findingInstances(site: Site): void {
  const { broker } = site
  let fresh: Awaited<ReturnType<typeof seen>>
  // Before all tests of the file: others change the instances.
  beforeAll(async () => {
    fresh = await seen(site)
  })

  describe('an operator finds instances', () => {
    test.each(filters)('by $filter', ({ filter, found }) => {
      expect(fresh.found.get(filter)).toEqual(found.toSorted())
    })

    test('by all of it in the command', () => {
      expect(fresh.listed.instances).toMatchObject([{ instance: cache }])
    })

    test('and sees all about one', () => {
      expect(fresh.one).toMatchObject({
        instance: sessions,
        name: 'sessions',
        plan: 'redis-dev',
        stack: { replicationGroupId: `cf-${sessions}` },
        state: { serial: 1, writer: expect.stringContaining('broker operation') },
        lock: null,
        operations: [{ type: 'provision', state: 'succeeded' }],
        driftState: 'clean',
      })
      expect(fresh.shown.stdout).toContain(`cf-${sessions}`)
    })

    test('and what organizations use', () => {
      const organizationGuid = 'e6f6fbf3-0000-4000-8000-000000000001'
      const counts = { instances: 2, nodes: 2, blocks: 0, dollarsPerMonth: 0 }
      expect(fresh.usage).toEqual({
        organizations: [{ organizationGuid, organization: null, ...counts }],
      })
      expect(fresh.usageShown.stdout).toMatch(new RegExp(`^${organizationGuid}( +[0-9]+){4}$`, 'm'))
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

async function seen({ operator, json, request }: Site) {
  const found = new Map<string, string[]>()
  for (const { filter } of filters) {
    const { instances } = (await request('GET', `/operator/instances?${filter}`)).body
    found.set(filter, instances.map(({ instance }: { instance: string }) => instance).toSorted())
  }
  const name = ['--name', 'cache', '--space', 'staging', '--plan', 'redis-dev']
  return {
    found,
    listed: await json('list', ...name, '--drift', 'clean', '--operation', 'succeeded'),
    one: (await request('GET', '/operator/instances/sessions')).body,
    shown: await operator('show', 'sessions'),
    usage: (await request('GET', '/operator/usage')).body,
    usageShown: await operator('usage'),
  }
}
