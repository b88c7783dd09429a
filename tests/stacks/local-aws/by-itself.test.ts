import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LocalAws } from '../../../stacks/local-aws/index.ts'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import type { FaultName } from '../../../stacks/local-aws/service/faults.ts'
import { withInjections } from '../../../stacks/local-aws/service/injection.ts'
import { promote } from '../../../stacks/local-aws/service/promotion.ts'
import { getGroup, saveGroup } from '../../../stacks/local-aws/service/records.ts'
import type { CreateReplicationGroupRequest } from '../../../stacks/local-aws/service/types.ts'
import { withRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'
import { isAlive, nodeProcesses } from './nodes.ts'

/** The work that AWS does without being asked. The tests share one service, and go on from each other. */
let directory: string
let aws: LocalAws
let elastiCache: ElastiCache
let ca: string
const token = 'a-token-of-sixteen-or-more'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'by-itself-'))
  aws = LocalAws.open(directory)
  elastiCache = openElastiCache(directory)
  ca = await aws.caCertificate()
  await Promise.all([make('three', { numCacheClusters: 3, automaticFailoverEnabled: true }), make('single')])
})
afterEach(() => aws.setBehaviour({}))
afterAll(async () => {
  await aws.stop()
  aws.close()
  elastiCache.service.database.close()
  await rm(directory, { recursive: true, force: true })
})

function make(replicationGroupId: string, more: Partial<CreateReplicationGroupRequest> = {}) {
  return elastiCache.createReplicationGroup({
    replicationGroupId,
    region: 'eu-west-1',
    replicationGroupDescription: 'a group of the tests',
    cacheNodeType: 'cache.t3.micro',
    transitEncryptionEnabled: true,
    authToken: token,
    ...more,
  })
}

async function group(id: string) {
  const [found] = await aws.describeReplicationGroups(id)
  if (!found) throw new Error(`There is no group ${id}.`)
  return found
}

async function run(id: string, endpoint: 'primaryEndpoint' | 'readerEndpoint', ...words: string[]) {
  const host = String((await group(id))[endpoint]?.address)
  return withRedis({ host, password: token, ca }, (redis) => redis.sendCommand<string>(words))
}

const roles = async (id: string) => {
  const [nodeGroup] = (await group(id)).nodeGroups
  return Object.fromEntries(
    nodeGroup?.nodeGroupMembers.map(({ cacheClusterId, currentRole }) => [cacheClusterId, currentRole]) ?? [],
  )
}

/** All of them, under the new primary. */
const replicas = async () => String(await run('three', 'primaryEndpoint', 'INFO', 'replication'))

describe('a failover', () => {
  test('moves the primary role, and the endpoints lead there with the data', async () => {
    const before = await group('three')
    await run('three', 'primaryEndpoint', 'SET', 'kept', 'yes')
    await aws.failover('three')
    expect(await roles('three')).toEqual({
      'three-001': 'replica',
      'three-002': 'primary',
      'three-003': 'replica',
    })
    const after = await group('three')
    const { memberClusters, primaryEndpoint, readerEndpoint } = before
    expect(after).toMatchObject({ memberClusters, primaryEndpoint, readerEndpoint, status: 'available' })
    expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('yes')
    expect(await run('three', 'primaryEndpoint', 'SET', 'newer', 'too')).toBe('OK')
    await until(async () => (await run('three', 'readerEndpoint', 'GET', 'newer')) === 'too')
    await expect(run('three', 'readerEndpoint', 'SET', 'a', 'b')).rejects.toThrow(/READONLY/)
    await until(async () => (await replicas()).includes('connected_slaves:2'))
  })

  test('waits for a replica that lags behind, and loses nothing of what was written', async () => {
    const host = String((await group('three')).primaryEndpoint?.address)
    const successor = Number((await nodeProcesses(directory, 'three'))[0])
    process.kill(successor, 'SIGSTOP')
    let written = 0
    const writing = withRedis({ host, password: token, ca }, async (redis) => {
      // More than fits into the buffers between them.
      await redis.set('large', 'x'.repeat(32 * 1024 * 1024))
      for (;;) {
        await redis.set('counter', String(written + 1))
        written += 1
      }
    }).catch(String)
    await until(async () => written > 0)
    const failingOver = aws.failover('three')
    await sleep(300)
    process.kill(successor, 'SIGCONT')
    await failingOver
    expect((await group('three')).statusReason).toBe(undefined)
    expect(await writing).toContain('NOREPLICAS')
    expect(await run('three', 'primaryEndpoint', 'GET', 'counter')).toBe(String(written))
    expect((await roles('three'))['three-001']).toBe('primary')
    expect(await run('three', 'primaryEndpoint', 'DEL', 'large')).toBe(1)
  })

  test('that a caller left half done is finished by the next call', async () => {
    const { database } = elastiCache.service
    const record = getGroup(database, 'three')
    promote(record, 'three-003')
    saveGroup(database, { ...record, unsettled: true })
    expect((await roles('three'))['three-003']).toBe('primary')
    expect((await group('three')).statusReason).toBe(undefined)
    expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('yes')

    // Here everything is done but the last note of it.
    const { nodes, ...rest } = getGroup(database, 'three')
    const [primary, ...others] = nodes
    const formerly = others.find(({ id }) => id === 'three-001')
    if (!primary || !formerly) throw new Error('There are three nodes.')
    const pids = await nodeProcesses(directory, 'three')
    primary.leaves = formerly.address
    formerly.leaves = primary.address
    saveGroup(database, { ...rest, nodes, unsettled: true })
    expect(await run('three', 'primaryEndpoint', 'SET', 'kept', 'still')).toBe('OK')
    expect(await nodeProcesses(directory, 'three')).toEqual(pids)
  })

  test('away from a primary that has died brings it back as a replica', async () => {
    await until(async () => (await replicas()).includes('connected_slaves:2'))
    await aws.killNode('three-003')
    expect((await group('three')).memberClusters).toEqual(['three-001', 'three-002'])
    await aws.failover('three')
    expect(await roles('three')).toMatchObject({ 'three-003': 'replica' })
    expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
  })

  test('outlives a stop and a start', async () => {
    const before = await group('three')
    await aws.stop()
    await aws.start()
    expect(await group('three')).toEqual(before)
    expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
  })

  test('needs a replica', async () => {
    await expect(aws.failover('single')).rejects.toMatchObject({ name: 'InvalidReplicationGroupState' })
  })
})

describe('a node that is replaced', () => {
  const primaryOf = async (id: string) =>
    String(Object.entries(await roles(id)).find(([, role]) => role === 'primary')?.[0])

  test('is another process under its id, with the data of the primary', async () => {
    const primary = await primaryOf('three')
    const before = await group('three')
    const pids = await nodeProcesses(directory, 'three')
    const index = before.memberClusters.findIndex((id) => id !== primary)
    await aws.replaceNode(String(before.memberClusters[index]))
    expect(await group('three')).toEqual(before)
    const replaced = await nodeProcesses(directory, 'three')
    expect(replaced.filter((pid) => pids.includes(pid))).toHaveLength(2)
    expect(await isAlive(Number(pids[index]))).toBe(false)
    expect(await run('three', 'readerEndpoint', 'GET', 'kept')).toBe('still')
  })

  test('hands the primary role over first', async () => {
    const primary = await primaryOf('three')
    await aws.replaceNode(primary)
    expect((await roles('three'))[primary]).toBe('replica')
    expect(await run('three', 'primaryEndpoint', 'GET', 'kept')).toBe('still')
  })

  test('loses its data when it is the only one', async () => {
    await run('single', 'primaryEndpoint', 'SET', 'kept', 'yes')
    await aws.replaceNode('single-001')
    expect(await group('single')).toMatchObject({ status: 'available', memberClusters: ['single-001'] })
    expect(await run('single', 'primaryEndpoint', 'DBSIZE')).toBe(0)
  })
})

test('a node that starts again is waited for until it has read all its data', async () => {
  const script = "for i = 1, 500000 do redis.call('SET', i, i) end"
  await run('single', 'primaryEndpoint', 'EVAL', script, '0')
  await aws.stop()
  await aws.start()
  expect((await group('single')).statusReason).toBe(undefined)
  expect(await run('single', 'primaryEndpoint', 'DBSIZE')).toBe(500_000)
  await run('single', 'primaryEndpoint', 'FLUSHALL')
})

describe('an automatic minor version upgrade', () => {
  test.each([
    ['6.0', undefined, '6.2', '6.2.6'],
    ['7.0', true, '7.1', '7.1.0'],
    ['6.0', false, undefined, '6.0.5'],
    ['6.x', true, undefined, '6.2.6'],
    ['7.1', true, undefined, '7.1.0'],
    ['5.0.6', true, undefined, '5.0.6'],
  ])('of %s, with the setting %s, leads to %s', async (engineVersion, setting, newer, actual) => {
    const id = 'ageing'
    await make(id, {
      engineVersion,
      ...(setting === undefined ? {} : { autoMinorVersionUpgrade: setting }),
    })
    await run(id, 'primaryEndpoint', 'SET', 'kept', 'yes')
    expect(await aws.upgradeMinorVersion(id)).toBe(newer)
    expect(await group(id)).toMatchObject({ engineVersion: actual, status: 'available' })
    expect(await run(id, 'primaryEndpoint', 'GET', 'kept')).toBe('yes')
    await aws.deleteReplicationGroup(id)
  })
})

test.each(['snapshotting', 'modifying'] as const)(
  'a group that is %s takes no change and no deletion until that is over',
  async (status) => {
    await aws.keepBusy('single', status, 60_000)
    const busy = await group('single')
    expect(busy).toMatchObject({ status, nodeGroups: [{ status }] })
    const refusal = { name: 'InvalidReplicationGroupState' }
    await expect(aws.modifyReplicationGroup('single', { snapshotRetentionLimit: 1 })).rejects.toMatchObject(
      refusal,
    )
    await expect(aws.listTags(busy.arn)).rejects.toMatchObject(refusal)
    await expect(aws.keepBusy('single', status, 1)).rejects.toMatchObject(refusal)
    await expect(aws.deleteReplicationGroup('single')).rejects.toMatchObject(refusal)
    expect(await run('single', 'primaryEndpoint', 'PING')).toBe('PONG')
    await aws.finishWaits()
    expect(await group('single')).toMatchObject({ status: 'available' })
  },
)

test('a creation can fail late: it is taken, goes on for a while, and comes to nothing', async () => {
  aws.setBehaviour({ creationMilliseconds: 60_000, creationFailures: [{ times: 1, reason: 'No room.' }] })
  await make('late', { numCacheClusters: 2 })
  const creating = await group('late')
  expect(creating).toMatchObject({ status: 'creating', memberClusters: [], nodeGroups: [] })
  expect(creating.statusReason).toBe(undefined)
  await aws.finishWaits()
  const failed = await group('late')
  expect(failed).toMatchObject({ status: 'create-failed', statusReason: 'No room.' })
  expect(failed.primaryEndpoint).toBe(undefined)
  await expect(make('late')).rejects.toMatchObject({ name: 'ReplicationGroupAlreadyExists' })
  await aws.deleteReplicationGroup('late')
  await make('late')
  await aws.finishWaits()
  expect(await group('late')).toMatchObject({ status: 'available' })
  await aws.deleteReplicationGroup('late')
})

test.each<[FaultName, keyof ElastiCache, object]>([
  ['InvalidCacheClusterState', 'modifyReplicationGroup', { snapshotRetentionLimit: 1 }],
  ['InvalidCacheClusterState', 'increaseReplicaCount', { newReplicaCount: 1 }],
  ['TagQuotaPerResourceExceeded', 'addTagsToResource', { tags: { a: 'b' } }],
  ['SnapshotQuotaExceededFault', 'createSnapshot', { snapshotName: 'refused' }],
  ['SnapshotQuotaExceededFault', 'deleteReplicationGroup', { finalSnapshotIdentifier: 'refused' }],
])('%s can be what %s answers, and nothing is done then', async (fault, call, request) => {
  const before = await group('single')
  aws.setBehaviour({ faults: [{ call, fault, times: 1 }] })
  const injected = withInjections(elastiCache, false)[call] as (request: object) => Promise<unknown>
  const answer = injected({ replicationGroupId: 'single', ...request })
  await expect(answer).rejects.toMatchObject({ name: fault, text: `${fault}: injected by a test` })
  expect(await group('single')).toEqual(before)
  expect(aws.listSnapshots()).toEqual([])
})
