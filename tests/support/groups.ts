import { join } from 'node:path'
import type { ReplicationGroupStatus } from '../../stacks/local-aws/index.ts'
import { openElastiCache } from '../../stacks/local-aws/service/elasticache.ts'
import type { TestBroker } from './broker.ts'
import { until } from './until.ts'

type Request = Parameters<ReturnType<typeof openElastiCache>['createReplicationGroup']>[0]

/** Makes a replication group on the broker's local AWS without the broker: no record and no state knows it. */
export async function makeGroup(
  broker: TestBroker,
  id: string,
  tags: Record<string, string>,
  more: Partial<Request> = {},
): Promise<void> {
  const elastiCache = openElastiCache(join(broker.dataDirectory, 'local-aws'))
  try {
    await elastiCache.createReplicationGroup({
      replicationGroupId: id,
      replicationGroupDescription: 'made by hand',
      region: 'us-east-1',
      cacheNodeType: 'cache.t3.micro',
      numCacheClusters: 1,
      cacheSubnetGroupName: 'default',
      tags,
      ...more,
    })
  } finally {
    elastiCache.service.database.close()
  }
}

/** The replication group of an instance, as the local AWS has it. */
export async function groupOf(broker: TestBroker, id: string) {
  const groups = await broker.aws((aws) => aws.listReplicationGroups())
  return groups.find(({ replicationGroupId }) => replicationGroupId === `cf-${id}`)
}

export async function untilGroupIs(
  broker: TestBroker,
  id: string,
  status: ReplicationGroupStatus | undefined,
): Promise<void> {
  await until(async () => (await groupOf(broker, id))?.status === status)
}

/** AWS finishes what a behaviour lets it wait with, and waits with nothing more. */
export const finishWaits = (broker: TestBroker): Promise<void> =>
  broker.aws(async (aws) => {
    aws.setBehaviour({})
    await aws.finishWaits()
  })
