import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instancePath, plans } from '../support/broker.ts'
import { groupOf } from '../support/groups.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'
import { serves } from '../support/instances.ts'
import { until } from '../support/until.ts'
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
  const [small, large] = [randomUUID(), randomUUID()]

  beforeAll(async () => {
    if (provider) on = await startOnAws(provider, { PLANS_FILE: plansFile() })
  })
  afterAll(() => on?.close())

  const { bound, use, ping, ended, drift, expectClean, setParameters } = helpersOf(() => on)

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

  test('nor does a plan find a new instance drifted', async () => {
    await expectClean(small, large)
  })

  test('drift is found, and put right', async () => {
    await on.aws.modifyReplicationGroup(`cf-${small}`, { snapshotRetentionLimit: 1 })
    await on.aws.addTags(`cf-${small}`, { Owner: 'somebody' })
    const { instances, planned } = await drift()
    expect(planned).toBe(1)
    const check = instances.find(({ instance }: { instance: string }) => instance === small)
    expect(check.state).toBe('drifted')
    expect(check.findings).toEqual([
      expect.objectContaining({ attribute: 'snapshot_retention_limit', before: 3, after: 1 }),
      expect.objectContaining({ attribute: 'tags.Owner', after: 'somebody' }),
    ])
    await on.run('reconcile', small)
    await ended(small)
    expect((await groupOf(on.broker, small))?.snapshotRetentionLimit).toBe(3)
    await expectClean(small)
  })

  test('what a user tunes changes while Redis runs, and a plan brings logs and alarms; both go again', async () => {
    const policy = async () => {
      const memory = await use(await bound(large, randomUUID()), (redis) => redis.info('memory'))
      return /maxmemory_policy:(\S+)/.exec(memory)?.[1]
    }
    await on.broker.update(large, {
      plan_id: plans['redis-3node-large'],
      parameters: { maxmemoryPolicy: 'allkeys-lfu', timeout: 300 },
    })
    await ended(large)
    expect(await policy()).toBe('allkeys-lfu')
    const onCloudWatch = on.aws.listCloudWatch('us-east-1')
    expect(onCloudWatch).toContain(`/aws/elasticache/cf-${large}/slow-log`)
    expect(onCloudWatch).toContain(`cf-${large}-replication-lag-3`)
    expect(onCloudWatch).toHaveLength(1 + 3 * 5)
    expect(await drift()).toMatchObject({ planned: 0, instances: [{ state: 'clean' }, { state: 'clean' }] })
    await setParameters(large, { timeout: '60' })
    const { instances, planned } = await drift()
    expect(planned).toBe(1)
    const check = instances.find(({ instance }: { instance: string }) => instance === large)
    expect(check).toMatchObject({ state: 'drifted', findings: [{ attribute: 'parameter' }] })
    await setParameters(large, { timeout: '300' })
    await expectClean(large)
    await on.broker.update(large, {
      plan_id: plans['redis-3node'],
      parameters: { maxmemoryPolicy: null },
    })
    await ended(large)
    expect(await policy()).toBe('volatile-lru')
    expect(on.aws.listParameterGroups()).toEqual([`cf-${large}-redis6-x`])
    expect(on.aws.listCloudWatch('us-east-1')).toEqual([])
  })

  test('a rotation keeps a client connected until the old credentials are retired', async () => {
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

    await on.broker.update(small, { parameters: { retireOldCredentials: true } })
    await ended(small)
    await expect(ping(before)).rejects.toThrow(/WRONGPASS/)
    expect(await ping(after)).toBe('PONG')
  })

  test('plans and versions change up and down, with the data kept', async () => {
    await on.broker.update(small, { plan_id: plans['redis-3node'], parameters: { engineVersion: '7.0' } })
    await on.broker.update(large, { plan_id: plans['redis-dev'] })
    await ended(small, large)
    expect(await groupOf(on.broker, small)).toMatchObject({
      engineVersion: '7.0.7',
      automaticFailoverEnabled: true,
    })
    expect((await groupOf(on.broker, small))?.memberClusters).toHaveLength(3)
    expect((await groupOf(on.broker, large))?.memberClusters).toHaveLength(1)
    for (const id of [small, large]) {
      expect(await use(await bound(id, 'changed'), (redis) => redis.get('kept'))).toBe(id)
    }
    expect((await bound(small, 'changed')).current_redis_engine_version).toBe('7.0.7')
    await expectClean(small, large)
  })

  test('a kill in the midst of a creation and of an update costs nothing, and AWS is not asked to set a token', async () => {
    const killed = randomUUID()
    on.aws.setBehaviour({ creationMilliseconds: 3_600_000, modificationMilliseconds: 3_600_000 })
    await on.broker.provision(killed)
    await on.broker.update(large, { parameters: { engineVersion: '7.0' } })
    await until(async () => (await groupOf(on.broker, killed))?.status === 'creating')
    await until(async () => (await groupOf(on.broker, large))?.status === 'modifying')
    const created = await groupOf(on.broker, killed)
    await on.broker.kill()
    on.aws.setBehaviour({})
    await on.aws.finishWaits()
    await on.broker.start()
    await ended(killed, large)
    const now = await groupOf(on.broker, killed)
    expect(now?.authTokenLastModifiedDate).toEqual(created?.authTokenLastModifiedDate)
    expect(await ping(await bound(killed, 'key'))).toBe('PONG')
    expect(await use(await bound(large, 'resumed'), (redis) => redis.get('kept'))).toBe(large)
    await on.broker.deprovision(killed)
    await ended(killed)
  })

  test('what AWS has taken of a failed update is on record, and nobody is stuck', async () => {
    on.aws.setBehaviour({ faults: [{ call: 'decreaseReplicaCount', fault: 'AccessDenied', times: 1 }] })
    await on.broker.update(small, { plan_id: plans['redis-dev'], context: { instance_name: 'renamed' } })
    expect(await on.broker.ended(small)).toMatchObject({
      state: 'failed',
      description: expect.stringContaining('AccessDenied'),
      instance_usable: true,
    })
    await on.broker.update(small, { plan_id: plans['redis-dev'] })
    await ended(small)
    expect((await groupOf(on.broker, small))?.memberClusters).toHaveLength(1)
  })

  test('a version that AWS has brought up by itself does not stand in the way', async () => {
    await on.aws.modifyReplicationGroup(`cf-${large}`, { engineVersion: '7.1' })
    await on.broker.update(large, { parameters: { rotateCredentials: true } })
    await ended(large)
    expect((await groupOf(on.broker, large))?.engineVersion).toBe('7.1.0')
    const { body } = await on.broker.request('GET', instancePath(large))
    expect(body.parameters).toMatchObject({ engineVersion: '7.1' })
  })

  groupsOfOthers(() => on)

  test('a Redis becomes Valkey in place, and a snapshot of it starts another one', async () => {
    const copy = randomUUID()
    await on.broker.update(small, { parameters: { createSnapshot: 'of-redis' } })
    await on.broker.update(large, { parameters: { engine: 'valkey', engineVersion: '8.0' } })
    await ended(small, large)
    expect(await groupOf(on.broker, large)).toMatchObject({ engine: 'valkey', engineVersion: '8.0.1' })
    const parameters = { restoreFromSnapshot: 'of-redis', engine: 'valkey' }
    await on.broker.provision(copy, 'redis-3node', { parameters })
    await ended(copy)
    for (const [id, kept] of [
      [large, large],
      [copy, small],
    ] as const) {
      const credentials = await bound(id, 'valkey')
      expect(credentials.current_redis_engine_version).toBe('8.0.1')
      expect(await use(credentials, (redis) => redis.get('kept'))).toBe(kept)
    }
    await expectClean(large, copy)

    await on.broker.update(small, { parameters: { deleteSnapshot: 'of-redis' } })
    await on.broker.deprovision(copy, 'redis-3node')
    await ended(small, copy)
    expect(on.aws.listSnapshots().map(({ snapshotName }) => snapshotName)).toEqual([
      expect.stringMatching(`^cf-${copy}-final-`),
    ])
  })

  test('instances are deleted, and nothing of them is left', async () => {
    expect(await serves(on.broker, small)).toBe(true)
    await on.broker.deprovision(small)
    await on.broker.deprovision(large)
    await ended(small, large)
    expect(await on.aws.listReplicationGroups()).toEqual([])
    expect(on.aws.listParameterGroups()).toEqual([])
    expect(on.aws.listCloudWatch('us-east-1')).toEqual([])
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
