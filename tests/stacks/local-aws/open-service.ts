import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalAws } from '../../../stacks/local-aws/index.ts'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import type { CreateReplicationGroupRequest } from '../../../stacks/local-aws/service/types.ts'

/** The service of the local AWS in a directory of its own, without Terraform. */
export interface Service {
  directory: string
  aws: LocalAws
  elastiCache: ElastiCache
  /** Creates a group of one node, with TLS. */
  make(id: string, more?: Partial<CreateReplicationGroupRequest>): Promise<unknown>
  group(id: string): Promise<Group>
  /** Ends its nodes and removes its files. */
  close(): Promise<void>
}

type Group = Awaited<ReturnType<LocalAws['describeReplicationGroups']>>[number]

export async function openService(): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'service-'))
  const aws = LocalAws.open(directory)
  const elastiCache = openElastiCache(directory)
  return {
    directory,
    aws,
    elastiCache,
    make: (replicationGroupId, more) =>
      elastiCache.createReplicationGroup({
        replicationGroupId,
        region: 'eu-west-1',
        replicationGroupDescription: 'a group of the tests',
        cacheNodeType: 'cache.t3.micro',
        transitEncryptionEnabled: true,
        ...more,
      }),
    async group(id) {
      const [found] = await aws.describeReplicationGroups(id)
      if (!found) throw new Error(`There is no group ${id}.`)
      return found
    },
    async close() {
      await aws.stop()
      aws.close()
      elastiCache.service.database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
