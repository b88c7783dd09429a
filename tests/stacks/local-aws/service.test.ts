import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalAws } from '../../../stacks/local-aws/index.ts'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import type { CreateReplicationGroupRequest } from '../../../stacks/local-aws/service/types.ts'
import { chooseWindows } from '../../../stacks/local-aws/service/windows.ts'
import { filesWith } from '../../support/files-with.ts'
import { withRedis } from '../../support/redis.ts'
import { isAlive, nodeProcesses } from './nodes.ts'

/** The rules of the ElastiCache API, on the API itself. */
let directory: string
let aws: LocalAws
let elastiCache: ElastiCache
const token = 'a-token-of-sixteen-or-more'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'elasticache-'))
  aws = LocalAws.open(directory)
  elastiCache = openElastiCache(directory)
  await elastiCache.createReplicationGroup(
    request({ replicationGroupId: 'existing', numCacheClusters: 2, automaticFailoverEnabled: true }),
  )
})
afterAll(async () => {
  await aws.stop()
  aws.close()
  elastiCache.service.database.close()
  await rm(directory, { recursive: true, force: true })
})

function request(changes: Partial<CreateReplicationGroupRequest> = {}): CreateReplicationGroupRequest {
  return {
    replicationGroupId: 'refused',
    region: 'eu-west-1',
    replicationGroupDescription: 'a group of the tests',
    cacheNodeType: 'cache.t3.micro',
    engineVersion: '6.2',
    numCacheClusters: 1,
    transitEncryptionEnabled: true,
    authToken: token,
    snapshotWindow: '06:00-07:00',
    preferredMaintenanceWindow: 'mon:07:00-mon:08:00',
    ...changes,
  }
}

test.each<[string, Partial<CreateReplicationGroupRequest>, string]>([
  ['an id of 41 characters', { replicationGroupId: 'a'.repeat(41) }, 'InvalidParameterValue'],
  ['an id that starts with a digit', { replicationGroupId: '1a' }, 'InvalidParameterValue'],
  ['an id with two hyphens in a row', { replicationGroupId: 'a--b' }, 'InvalidParameterValue'],
  ['an id with a hyphen at its end', { replicationGroupId: 'a-' }, 'InvalidParameterValue'],
  ['an id that is taken', { replicationGroupId: 'EXISTING' }, 'ReplicationGroupAlreadyExists'],
  ['an empty description', { replicationGroupDescription: ' ' }, 'InvalidParameterValue'],
  ['a token of 15 characters', { authToken: 'x'.repeat(15) }, 'InvalidParameterValue'],
  ['a token of 129 characters', { authToken: 'x'.repeat(129) }, 'InvalidParameterValue'],
  ['a token with an @', { authToken: 'aaaaaaaaaaaaaaaa@' }, 'InvalidParameterValue'],
  ['a token without TLS', { transitEncryptionEnabled: false }, 'InvalidParameterCombination'],
  ['an unknown engine version', { engineVersion: '9.9' }, 'InvalidParameterCombination'],
  ['a patch level', { engineVersion: '6.2.6' }, 'InvalidParameterCombination'],
  ['an unknown node type', { cacheNodeType: 'cache.t3.nano' }, 'InvalidParameterValue'],
  ['no node', { numCacheClusters: 0 }, 'InvalidParameterValue'],
  ['seven nodes', { numCacheClusters: 7 }, 'InvalidParameterValue'],
  ['failover without a replica', { automaticFailoverEnabled: true }, 'InvalidParameterCombination'],
  ['Multi-AZ without failover', { multiAZEnabled: true, numCacheClusters: 2 }, 'InvalidParameterCombination'],
  ['an unknown subnet group', { cacheSubnetGroupName: 'nowhere' }, 'CacheSubnetGroupNotFoundFault'],
  ['an unknown security group', { securityGroupIds: ['sg-1'] }, 'InvalidParameterValue'],
  ['an unknown parameter group', { cacheParameterGroupName: 'mine' }, 'CacheParameterGroupNotFound'],
  [
    'a parameter group of another family',
    { cacheParameterGroupName: 'default.redis7' },
    'InvalidParameterCombination',
  ],
  ['36 days of snapshots', { snapshotRetentionLimit: 36 }, 'InvalidParameterValue'],
  ['a snapshot window of 59 minutes', { snapshotWindow: '06:00-06:59' }, 'InvalidParameterValue'],
  ['a snapshot window at 25:00', { snapshotWindow: '25:00-26:00' }, 'InvalidParameterValue'],
  ['windows that overlap', { snapshotWindow: '06:30-07:30' }, 'InvalidParameterCombination'],
  [
    'windows that overlap over the end of the week',
    { snapshotWindow: '23:30-00:30', preferredMaintenanceWindow: 'sun:23:00-mon:00:15' },
    'InvalidParameterCombination',
  ],
  ['cluster mode', { clusterMode: 'enabled' }, 'InvalidParameterCombination'],
  ['two node groups', { numNodeGroups: 2 }, 'InvalidParameterCombination'],
  ['another engine', { engine: 'valkey' }, 'InvalidParameterCombination'],
  ['discovery over IPv6', { ipDiscovery: 'ipv6' }, 'InvalidParameterCombination'],
])('a create with %s is refused', async (_, changes, name) => {
  await expect(elastiCache.createReplicationGroup(request(changes))).rejects.toMatchObject({ name })
  expect(await elastiCache.describeReplicationGroups({})).toHaveLength(1)
})

const change = (changes: object) =>
  elastiCache.modifyReplicationGroup({ replicationGroupId: 'existing', applyImmediately: true, ...changes })

test.each<[string, () => Promise<unknown>, string]>([
  ['nothing at all', () => change({}), 'InvalidParameterCombination'],
  ['an older version', () => change({ engineVersion: '5.0.6' }), 'InvalidParameterCombination'],
  [
    'a token that waits for the maintenance window',
    () => change({ authToken: token, applyImmediately: false }),
    'InvalidParameterCombination',
  ],
  ['windows that overlap', () => change({ snapshotWindow: '07:30-08:30' }), 'InvalidParameterCombination'],
  ['discovery over IPv6', () => change({ ipDiscovery: 'ipv6' }), 'InvalidParameterCombination'],
  [
    'a group that is not there',
    () => change({ replicationGroupId: 'absent', snapshotRetentionLimit: 1 }),
    'ReplicationGroupNotFoundFault',
  ],
  [
    'six replicas',
    () => elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 6 }),
    'InvalidParameterValue',
  ],
  [
    'as many replicas as there are',
    () => elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 1 }),
    'InvalidParameterValue',
  ],
  [
    'fewer nodes than failover needs',
    () => elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 0 }),
    'InvalidParameterCombination',
  ],
  [
    'more replicas by a decrease',
    () => elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 2 }),
    'InvalidParameterValue',
  ],
])('a change to %s is refused', async (_, call, name) => {
  await expect(call()).rejects.toMatchObject({ name })
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([{ status: 'available' }])
})

test('the node group tells the roles, the zones and the endpoints of its members', async () => {
  const [group] = await elastiCache.describeReplicationGroups({})
  const member = (cacheClusterId: string, currentRole: string, zone: string, address?: string) => ({
    cacheClusterId,
    cacheNodeId: '0001',
    readEndpoint: { address, port: 6379 },
    preferredAvailabilityZone: zone,
    currentRole,
  })
  expect(group?.nodeGroups).toEqual([
    {
      nodeGroupId: '0001',
      status: 'available',
      primaryEndpoint: group?.primaryEndpoint,
      readerEndpoint: group?.readerEndpoint,
      nodeGroupMembers: [
        member('existing-001', 'primary', 'eu-west-1a', group?.primaryEndpoint?.address),
        member('existing-002', 'replica', 'eu-west-1b', group?.readerEndpoint?.address),
      ],
    },
  ])
})

test('a busy group refuses changes, its tags, new tags and its deletion', async () => {
  aws.setBehaviour({ modificationMilliseconds: 60_000 })
  await change({ snapshotRetentionLimit: 7 })
  const [group] = await elastiCache.describeReplicationGroups({ replicationGroupId: 'existing' })
  const refusal = { name: 'InvalidReplicationGroupState' }
  await expect(change({ snapshotRetentionLimit: 8 })).rejects.toMatchObject(refusal)
  await expect(aws.listTags(group?.arn ?? '')).rejects.toMatchObject(refusal)
  await expect(aws.addTags('existing', { a: 'b' })).rejects.toMatchObject(refusal)
  await expect(aws.deleteReplicationGroup('existing')).rejects.toMatchObject(refusal)
  expect(group).toMatchObject({ status: 'modifying', snapshotRetentionLimit: 7 })
  aws.setBehaviour({})
  await aws.finishWaits()
  expect(await aws.listTags(group?.arn ?? '')).toEqual({})
})

test('a type or version that is not to be applied at once waits, other changes do not', async () => {
  await change({ applyImmediately: false, cacheNodeType: 'cache.t3.small', snapshotRetentionLimit: 2 })
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([
    {
      cacheNodeType: 'cache.t3.micro',
      snapshotRetentionLimit: 2,
      pendingModifiedValues: { cacheNodeType: 'cache.t3.small' },
    },
  ])
  await change({ snapshotRetentionLimit: 3 })
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([
    { cacheNodeType: 'cache.t3.small', pendingModifiedValues: {} },
  ])
})

test('a replica that dies is no member until it is asked for again', async () => {
  await aws.killNode('existing-002')
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([
    { memberClusters: ['existing-001'] },
  ])
  await elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 1 })
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([
    { memberClusters: ['existing-001', 'existing-002'] },
  ])
})

test('a smaller group is made of the nodes that run', async () => {
  await elastiCache.increaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 3 })
  await aws.killNode('existing-002')
  await elastiCache.decreaseReplicaCount({ replicationGroupId: 'existing', newReplicaCount: 1 })
  expect(await elastiCache.describeReplicationGroups({})).toMatchObject([
    { memberClusters: ['existing-001', 'existing-003'] },
  ])
  expect(await readdir(join(directory, 'groups', 'existing'))).toEqual(['existing-001', 'existing-003'])
})

test('windows that are not given keep clear of those that are', () => {
  expect(chooseWindows({ snapshotWindow: '05:30-06:30' })).toEqual({
    snapshotWindow: '05:30-06:30',
    preferredMaintenanceWindow: 'sun:22:00-sun:23:00',
  })
  expect(chooseWindows({ preferredMaintenanceWindow: 'SUN:03:00-SUN:04:30' })).toEqual({
    snapshotWindow: '00:30-01:30',
    preferredMaintenanceWindow: 'sun:03:00-sun:04:30',
  })
})

test('data, tokens and addresses outlive a stop and a start', async () => {
  const [before] = await elastiCache.describeReplicationGroups({ replicationGroupId: 'existing' })
  const access = {
    host: String(before?.primaryEndpoint?.address),
    password: token,
    ca: await aws.caCertificate(),
  }
  await withRedis(access, (redis) => redis.sendCommand(['SET', 'kept', 'yes']))
  const pids = await nodeProcesses(directory, 'existing')
  await aws.stop()
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false])
  await aws.start()
  expect(await elastiCache.describeReplicationGroups({ replicationGroupId: 'existing' })).toEqual([before])
  expect(await withRedis(access, (redis) => redis.sendCommand(['GET', 'kept']))).toBe('yes')
})

test('secrets on disk: no token at all, keys for their owner only', async () => {
  expect(await filesWith([directory], token)).toEqual([])
  const withKeys = await filesWith([directory], 'PRIVATE KEY')
  expect(withKeys.length).toBeGreaterThan(2)
  for (const file of [...withKeys, join(directory, 'service.key')]) {
    expect([file, (await stat(file)).mode & 0o077]).toEqual([file, 0])
  }
})

const manyTags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`tag ${i}`, 'x']))

test.each<[string, Record<string, string>, string]>([
  ['a semicolon in a key', { 'a;b': 'x' }, 'InvalidParameterValue'],
  ['a bracket in a value', { a: 'x (old)' }, 'InvalidParameterValue'],
  ['a line break in a value', { a: 'x\ny' }, 'InvalidParameterValue'],
  ['half a surrogate pair in a value', { a: '\ud842' }, 'InvalidParameterValue'],
  ['an empty key', { '': 'x' }, 'InvalidParameterValue'],
  ['a key of 129 characters', { ['k'.repeat(129)]: 'x' }, 'InvalidParameterValue'],
  ['a value of 257 characters', { a: 'x'.repeat(257) }, 'InvalidParameterValue'],
  ["a key that is AWS's own", { 'AWS:name': 'x' }, 'InvalidParameterValue'],
  ['51 tags', manyTags(51), 'TagQuotaPerResourceExceeded'],
])('%s is refused, at the creation and later', async (_, tags, name) => {
  await expect(elastiCache.createReplicationGroup(request({ tags }))).rejects.toMatchObject({ name })
  await expect(aws.addTags('existing', tags)).rejects.toMatchObject({ name })
  expect(await aws.listReplicationGroups()).toMatchObject([{ tags: {} }])
})

test('as many tags, as long and of such characters as AWS takes', async () => {
  const tags = { ...manyTags(48), ['k'.repeat(128)]: '𠮷'.repeat(256), 'größe_.:/=+-@ 1': '' }
  await aws.addTags('existing', tags)
  expect(await aws.listReplicationGroups()).toMatchObject([{ tags }])
  await expect(aws.addTags('existing', { one: 'more' })).rejects.toMatchObject({
    name: 'TagQuotaPerResourceExceeded',
  })
  await aws.removeTags('existing', Object.keys(tags))
})

test('tags are added, overwritten and removed one by one', async () => {
  await aws.addTags('existing', { a: '1', b: '2' })
  await aws.addTags('existing', { b: '3' })
  await aws.removeTags('existing', ['a'])
  expect(await aws.listReplicationGroups()).toMatchObject([{ tags: { b: '3' } }])
})

test('the quota of nodes is 300', async () => {
  const { database } = elastiCache.service
  const { getGroup, saveGroup, removeGroup } = await import('../../../stacks/local-aws/service/records.ts')
  const template = getGroup(database, 'existing')
  const nodes = Array.from({ length: 298 }, (_, i) => ({
    id: `many-${i}`,
    address: `127.0.${i}.1`,
    wanted: 'running' as const,
  }))
  saveGroup(database, { ...template, id: 'many', nodes })
  await expect(elastiCache.createReplicationGroup(request())).rejects.toMatchObject({
    name: 'NodeQuotaForCustomerExceeded',
  })
  removeGroup(database, 'many')
})

test('a deleted group is gone with its files', async () => {
  await aws.deleteReplicationGroup('existing')
  expect(await readdir(join(directory, 'groups'))).toEqual([])
  await expect(aws.deleteReplicationGroup('existing')).rejects.toMatchObject({
    name: 'ReplicationGroupNotFoundFault',
  })
})
