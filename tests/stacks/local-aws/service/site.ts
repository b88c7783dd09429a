import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { LocalAws } from '../../../../stacks/local-aws/index.ts'
import { type ElastiCache, openElastiCache } from '../../../../stacks/local-aws/service/elasticache.ts'
import type { CreateReplicationGroupRequest } from '../../../../stacks/local-aws/service/types.ts'

/** A service with one group, `existing`, of two nodes. */
export let directory: string
export let aws: LocalAws
export let elastiCache: ElastiCache
export const token = 'a-token-of-sixteen-or-more'

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

export function request(changes: Partial<CreateReplicationGroupRequest> = {}): CreateReplicationGroupRequest {
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

export const change = (changes: object) =>
  elastiCache.modifyReplicationGroup({ replicationGroupId: 'existing', applyImmediately: true, ...changes })
