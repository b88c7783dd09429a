import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plans } from '../support/broker.ts'
import { groupOf, untilGroupIs } from '../support/groups.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'
import { serves } from '../support/instances.ts'
import { groupsOfOthers } from './life/groups-of-others.ts'
import { helpersOf } from './life/helpers.ts'
import { plansFile } from './life/plans-file.ts'
import { type OnAws, startOnAws } from './on-aws.ts'

const provider = findHashicorpProvider()
const name = provider
  ? `with HashiCorp's provider ${provider.version}`
  : "with HashiCorp's provider (skipped: none is on this machine; AWS_PROVIDER_MIRROR names a mirror that has one)"

// The provider itself waits 30 seconds after a creation and looks every 10: what can go on side by side does.
describe.skipIf(!provider)(name, () => {
  let on: OnAws
  const [small, large, copy] = [randomUUID(), randomUUID(), randomUUID()]

  beforeAll(async () => {
    if (provider) on = await startOnAws(provider, { PLANS_FILE: plansFile() })
  })
  afterAll(() => on?.close())

  const { bound, use, ping, policy, ended, drift, setParameters } = helpersOf(() => on)

  test('instances of one node and of three are created, bound and used', async () => {
    await on.broker.provision(small)
    await on.broker.provision(large, 'redis-3node')
    await ended(small, large)
    expect((await groupOf(on.broker, large))?.memberClusters).toHaveLength(3)
    for (const id of [small, large]) {
      const credentials = await bound(id, 'first')
      await use(credentials, (redis) => redis.set('kept', id))
      expect(await use(credentials, (redis) => redis.get('kept'))).toBe(id)
    }
  })

  test('a look at all instances finds new ones clean, without a plan', async () => {
    const { instances, planned } = await drift()
    expect(instances.map(({ state }: { state: string }) => state)).toEqual(['clean', 'clean'])
    expect(planned).toBe(0)
  })

  test('what a user tunes changes while Redis runs, and a plan brings logs and alarms', async () => {
    await on.broker.update(large, {
      plan_id: plans['redis-3node-large'],
      parameters: { maxmemoryPolicy: 'allkeys-lfu', timeout: 300 },
    })
    await ended(large)
    expect(await policy(large)).toBe('allkeys-lfu')
    const onCloudWatch = on.aws.listCloudWatch('us-east-1')
    expect(onCloudWatch).toContain(`/aws/elasticache/cf-${large}/slow-log`)
    expect(onCloudWatch).toContain(`cf-${large}-replication-lag-3`)
    expect(onCloudWatch).toHaveLength(1 + 3 * 5)
    expect(await drift()).toMatchObject({ planned: 0, instances: [{ state: 'clean' }, { state: 'clean' }] })
  })

  test('drift is found, and nothing beside it; it is put right', async () => {
    await on.aws.modifyReplicationGroup(`cf-${small}`, { snapshotRetentionLimit: 1 })
    await on.aws.addTags(`cf-${small}`, { Owner: 'somebody' })
    await setParameters(large, { timeout: '60' })
    const { instances, planned } = await drift()
    expect(planned).toBe(2)
    const check = (id: string) => instances.find(({ instance }: { instance: string }) => instance === id)
    expect(check(small)).toMatchObject({ state: 'drifted' })
    expect(check(small).findings).toEqual([
      expect.objectContaining({ attribute: 'snapshot_retention_limit', before: 3, after: 1 }),
      expect.objectContaining({ attribute: 'tags.Owner', after: 'somebody' }),
    ])
    expect(check(large)).toMatchObject({ state: 'drifted' })
    expect(check(large).findings).toEqual([expect.objectContaining({ attribute: 'parameter' })])
    await on.run('reconcile', small)
    await ended(small)
    expect((await groupOf(on.broker, small))?.snapshotRetentionLimit).toBe(3)
  })

  test('an update that AWS has taken in part fails, and takes all down when it is repeated, with the data kept', async () => {
    const change = { plan_id: plans['redis-dev'], parameters: { maxmemoryPolicy: null } }
    on.aws.setBehaviour({ faults: [{ call: 'decreaseReplicaCount', fault: 'AccessDenied', times: 1 }] })
    await on.broker.update(large, { ...change, context: { instance_name: 'renamed' } })
    expect(await on.broker.ended(large)).toMatchObject({
      state: 'failed',
      description: expect.stringContaining('AccessDenied'),
      instance_usable: true,
    })
    await on.broker.update(large, change)
    await ended(large)
    expect((await groupOf(on.broker, large))?.memberClusters).toHaveLength(1)
    expect(await policy(large)).toBe('volatile-lru')
    expect(on.aws.listParameterGroups()).toEqual([`cf-${large}-redis6-x`])
    expect(on.aws.listCloudWatch('us-east-1')).toEqual([])
    expect(await use(await bound(large, 'changed'), (redis) => redis.get('kept'))).toBe(large)
  })

  test('a rotation keeps a client connected', async () => {
    const before = await bound(small, 'before')
    const { hostname: host, port, password } = before
    const client = createClient({
      password,
      socket: { host, port: Number(port), tls: true, rejectUnauthorized: false },
    })
    client.on('error', () => {})
    await client.connect()
    await on.broker.update(small, { parameters: { rotateCredentials: true } })
    await ended(small)
    const after = await bound(small, 'after')
    expect(after.password).not.toBe(password)
    expect([await ping(before), await ping(after)]).toEqual(['PONG', 'PONG'])
    expect(await client.get('kept')).toBe(small)
    client.destroy()
  })

  test('the old credentials end when they are retired, while plan and version change up, with the data kept', async () => {
    const [before, after] = [await bound(small, 'before'), await bound(small, 'after')]
    await on.broker.update(small, {
      plan_id: plans['redis-3node'],
      parameters: { engineVersion: '7.0', retireOldCredentials: true },
    })
    await ended(small)
    await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
    expect(await ping(after)).toBe('PONG')
    const group = await groupOf(on.broker, small)
    expect(group).toMatchObject({ engineVersion: '7.0.7', automaticFailoverEnabled: true })
    expect(group?.memberClusters).toHaveLength(3)
    const credentials = await bound(small, 'changed')
    expect(credentials.current_redis_engine_version).toBe('7.0.7')
    expect(await use(credentials, (redis) => redis.get('kept'))).toBe(small)
  })

  groupsOfOthers(() => on)

  test('a kill in the midst of a creation from a snapshot and of the way to Valkey costs nothing, and AWS is not asked to set a token', async () => {
    await on.broker.update(small, { parameters: { createSnapshot: 'of-redis' } })
    await ended(small)
    on.aws.setBehaviour({ creationMilliseconds: 3_600_000, modificationMilliseconds: 3_600_000 })
    const parameters = { restoreFromSnapshot: 'of-redis', engine: 'valkey' }
    await on.broker.provision(copy, 'redis-3node', { parameters })
    await on.broker.update(large, { parameters: { engine: 'valkey', engineVersion: '8.0' } })
    await untilGroupIs(on.broker, copy, 'creating')
    await untilGroupIs(on.broker, large, 'modifying')
    const created = await groupOf(on.broker, copy)
    await on.broker.kill()
    on.aws.setBehaviour({})
    await on.aws.finishWaits()
    await on.broker.start()
    await ended(copy, large)
    expect((await groupOf(on.broker, copy))?.authTokenLastModifiedDate).toEqual(
      created?.authTokenLastModifiedDate,
    )
    expect(await groupOf(on.broker, large)).toMatchObject({ engine: 'valkey', engineVersion: '8.0.1' })
    for (const [id, kept] of [
      [large, large],
      [copy, small],
    ] as const) {
      const credentials = await bound(id, 'valkey')
      expect(credentials.current_redis_engine_version).toBe('8.0.1')
      expect(await use(credentials, (redis) => redis.get('kept'))).toBe(kept)
    }
  })

  test('a plan finds nothing drifted, whatever has happened', async () => {
    const { instances } = await drift(small, copy)
    const clean = [small, copy].map((instance) => ({ instance, state: 'clean', findings: [] }))
    expect(instances).toMatchObject(clean)
  })

  test('instances are deleted, and nothing of them is left but a last snapshot', async () => {
    expect(await serves(on.broker, large)).toBe(true)
    await on.broker.update(small, { parameters: { deleteSnapshot: 'of-redis' } })
    await on.broker.deprovision(large)
    await on.broker.deprovision(copy, 'redis-3node')
    await ended(small, large, copy)
    const groups = await on.aws.listReplicationGroups()
    const left = groups.map(({ replicationGroupId }) => replicationGroupId)
    expect(left.sort()).toEqual([`cf-${small}`, 'legacy'])
    expect(on.aws.listParameterGroups()).toEqual([])
    expect(on.aws.listCloudWatch('us-east-1')).toEqual([])
    expect(on.aws.listSnapshots().map(({ snapshotName }) => snapshotName)).toEqual([
      expect.stringMatching(`^cf-${copy}-final-`),
    ])
  })

  test('the policy for the broker allows what was called, and asks for nothing of ElastiCache that was not', () => {
    const policy = JSON.parse(readFileSync(new URL('../../docs/iam-policy.json', import.meta.url), 'utf8'))
    const allowed: string[] = policy.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action)
    const called = on.endpoint.calledActions()
    expect(
      called.filter((action) => !allowed.includes(action) && action !== 'sts:GetCallerIdentity'),
    ).toEqual([])
    const asked = allowed.filter((action) => action.startsWith('elasticache:'))
    expect(asked.filter((action) => !called.includes(action))).toEqual([])
  })
})
