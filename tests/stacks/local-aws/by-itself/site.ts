import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { LocalAws } from '../../../../stacks/local-aws/index.ts'
import { type ElastiCache, openElastiCache } from '../../../../stacks/local-aws/service/elasticache.ts'
import type { CreateReplicationGroupRequest } from '../../../../stacks/local-aws/service/types.ts'
import { withRedis } from '../../../support/redis.ts'

/** A service with a group of three nodes and one of a single node. */
export let directory: string
export let aws: LocalAws
export let elastiCache: ElastiCache
export let ca: string
export const token = 'a-token-of-sixteen-or-more'

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

export function make(replicationGroupId: string, more: Partial<CreateReplicationGroupRequest> = {}) {
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

export async function group(id: string) {
  const [found] = await aws.describeReplicationGroups(id)
  if (!found) throw new Error(`There is no group ${id}.`)
  return found
}

export async function run(id: string, endpoint: 'primaryEndpoint' | 'readerEndpoint', ...words: string[]) {
  const host = String((await group(id))[endpoint]?.address)
  return withRedis({ host, password: token, ca }, (redis) => redis.sendCommand<string>(words))
}

export const roles = async (id: string) => {
  const [nodeGroup] = (await group(id)).nodeGroups
  return Object.fromEntries(
    nodeGroup?.nodeGroupMembers.map(({ cacheClusterId, currentRole }) => [cacheClusterId, currentRole]) ?? [],
  )
}

/** The word of the primary of `three` about its replicas. */
export const replication = async () => String(await run('three', 'primaryEndpoint', 'INFO', 'replication'))

export const primaryOf = async (id: string) =>
  String(Object.entries(await roles(id)).find(([, role]) => role === 'primary')?.[0])
