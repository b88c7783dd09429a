import { afterAll, beforeAll } from 'vitest'
import type { CreateReplicationGroupRequest } from '../../../../stacks/local-aws/service/types.ts'
import { openService, type Service } from '../open-service.ts'

/** A service with one group, `existing`, of two nodes. */
let service: Service
export let directory: Service['directory']
export let aws: Service['aws']
export let elastiCache: Service['elastiCache']
export const token = 'a-token-of-sixteen-or-more'

beforeAll(async () => {
  service = await openService()
  ;({ directory, aws, elastiCache } = service)
  await elastiCache.createReplicationGroup(
    request({ replicationGroupId: 'existing', numCacheClusters: 2, automaticFailoverEnabled: true }),
  )
})
afterAll(() => service?.close())

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
