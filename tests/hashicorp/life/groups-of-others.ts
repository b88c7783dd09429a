import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { instancePath } from '../../support/broker.ts'
import { makeGroup } from '../../support/groups.ts'
import { until } from '../../support/until.ts'
import type { OnAws } from '../on-aws.ts'
import { helpersOf } from './helpers.ts'

export function groupsOfOthers(on: () => OnAws): void {
  const { bound, ping, ended } = helpersOf(on)
  const adopted = randomUUID()
  const formerToken = 'the-token-of-somebody-else'

  test('a group of somebody else is adopted, and its password works on', async () => {
    await makeGroup(
      on().broker,
      'legacy',
      {},
      {
        engineVersion: '6.2',
        authToken: formerToken,
        atRestEncryptionEnabled: true,
        transitEncryptionEnabled: true,
        securityGroupIds: ['sg-00000000000000000'],
      },
    )
    const asked = await on().run(
      ...(['adopt', 'legacy', '--instance', adopted, '--plan', 'redis-dev'] as const),
      ...(['--engine-version', '6.2', '--organization', 'o', '--space', 's'] as const),
    )
    expect(asked.stdout).toContain('The adoption is queued')
    await ended(adopted)
    const credentials = await bound(adopted, 'key')
    expect(await ping(credentials)).toBe('PONG')
    expect(await ping({ ...credentials, password: formerToken })).toBe('PONG')
  })

  test('a version that AWS has brought up by itself does not stand in the way of retiring that password', async () => {
    await on().aws.modifyReplicationGroup('legacy', { engineVersion: '7.1' })
    await on().broker.update(adopted, { parameters: { retireOldCredentials: true } })
    await ended(adopted)
    const credentials = await bound(adopted, 'key')
    await expect(ping({ ...credentials, password: formerToken })).rejects.toThrow(/WRONGPASS/)
    expect(await ping(credentials)).toBe('PONG')
    const groups = await on().aws.listReplicationGroups()
    const legacy = groups.find(({ replicationGroupId }) => replicationGroupId === 'legacy')
    expect(legacy?.engineVersion).toBe('7.1.0')
    const { body } = await on().broker.request('GET', instancePath(adopted))
    expect(body.parameters).toMatchObject({ engineVersion: '7.1' })
  })

  test('a group that no instance has is found, and deleted', async () => {
    const tags = { broker: 'elasticache-redis-broker', 'Instance GUID': randomUUID() }
    await makeGroup(on().broker, 'cf-left-behind', tags)
    expect((await on().run('orphans')).stdout).toContain('cf-left-behind')
    expect((await on().run('orphans', '--delete', 'cf-left-behind', '--yes')).code).toBe(0)
    await until(async () =>
      (await on().aws.listReplicationGroups()).every(
        ({ replicationGroupId }) => replicationGroupId !== 'cf-left-behind',
      ),
    )
  })
}
