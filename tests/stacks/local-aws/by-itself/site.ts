import { afterAll, afterEach, beforeAll } from 'vitest'
import { getGroup } from '../../../../stacks/local-aws/service/records.ts'
import type { CreateReplicationGroupRequest } from '../../../../stacks/local-aws/service/types.ts'
import { withRedis } from '../../../support/redis.ts'
import { openService, type Service } from '../open-service.ts'

/** A service with a group of three nodes and one of a single node. */
let service: Service
export let directory: Service['directory']
export let aws: Service['aws']
export let elastiCache: Service['elastiCache']
export let ca: string
export const token = 'a-token-of-sixteen-or-more'

beforeAll(async () => {
  service = await openService()
  ;({ directory, aws, elastiCache } = service)
  ca = await aws.caCertificate()
  await Promise.all([make('three', { numCacheClusters: 3, automaticFailoverEnabled: true }), make('single')])
})
afterEach(() => aws.setBehaviour({}))
afterAll(() => service?.close())

export const make = (id: string, more: Partial<CreateReplicationGroupRequest> = {}) =>
  service.make(id, { authToken: token, ...more })
export const group = (id: string) => service.group(id)

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

/** The replica that a failover makes the primary. */
export const successorOf = (id: string) => String(getGroup(elastiCache.service.database, id).nodes[1]?.id)

/** The word of the primary of `three` about its replicas. */
export const replication = async () => String(await run('three', 'primaryEndpoint', 'INFO', 'replication'))

export const primaryOf = async (id: string) =>
  String(Object.entries(await roles(id)).find(([, role]) => role === 'primary')?.[0])
