import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { getGroup, removeGroup, saveGroup } from '../../../stacks/local-aws/service/records.ts'
import { chooseWindows } from '../../../stacks/local-aws/service/windows.ts'
import { filesWith } from '../../support/files-with.ts'
import { withRedis } from '../../support/redis.ts'
import { isAlive, nodeProcesses } from './nodes.ts'
import { beside } from './service/beside.ts'
import { refusals } from './service/refusals.ts'
import { aws, change, directory, elastiCache, request, token } from './service/site.ts'
import { tags } from './service/tags.ts'

/** The rules of the ElastiCache API, on the API itself. */
refusals()
tags()
beside()

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

test('a busy group refuses changes, more nodes, its tags, new tags and its deletion', async () => {
  const [{ tags } = {}] = await aws.listReplicationGroups()
  aws.setBehaviour({ modificationMilliseconds: 60_000 })
  await change({ snapshotRetentionLimit: 7 })
  const [group] = await elastiCache.describeReplicationGroups({ replicationGroupId: 'existing' })
  const refusal = { name: 'InvalidReplicationGroupState' }
  await expect(change({ snapshotRetentionLimit: 8 })).rejects.toMatchObject(refusal)
  const more = { replicationGroupId: 'existing', newReplicaCount: 2 }
  await expect(elastiCache.increaseReplicaCount(more)).rejects.toMatchObject(refusal)
  await expect(aws.listTags(group?.arn ?? '')).rejects.toMatchObject(refusal)
  await expect(aws.addTags('existing', { a: 'b' })).rejects.toMatchObject(refusal)
  await expect(aws.deleteReplicationGroup('existing')).rejects.toMatchObject(refusal)
  expect(group).toMatchObject({ status: 'modifying', snapshotRetentionLimit: 7 })
  aws.setBehaviour({})
  await aws.finishWaits()
  expect(await aws.listTags(group?.arn ?? '')).toEqual(tags)
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
  const group = { replicationGroupId: 'smaller' }
  await elastiCache.createReplicationGroup(request({ ...group, numCacheClusters: 4 }))
  onTestFinished(() => aws.deleteReplicationGroup('smaller'))
  await aws.killNode('smaller-002')
  await elastiCache.decreaseReplicaCount({ ...group, newReplicaCount: 1 })
  expect(await elastiCache.describeReplicationGroups(group)).toMatchObject([
    { memberClusters: ['smaller-001', 'smaller-003'] },
  ])
  expect(await readdir(join(directory, 'groups', 'smaller'))).toEqual(['smaller-001', 'smaller-003'])
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

test('the quota of nodes is 300', async () => {
  const { database } = elastiCache.service
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
  await elastiCache.createReplicationGroup(request({ replicationGroupId: 'deleted' }))
  expect(await readdir(join(directory, 'groups'))).toContain('deleted')
  await aws.deleteReplicationGroup('deleted')
  expect(await readdir(join(directory, 'groups'))).toEqual(['existing'])
  await expect(aws.deleteReplicationGroup('deleted')).rejects.toMatchObject({
    name: 'ReplicationGroupNotFoundFault',
  })
})
