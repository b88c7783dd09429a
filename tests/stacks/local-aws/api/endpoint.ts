import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { type Endpoint, LocalAws } from '../../../../stacks/local-aws/index.ts'

export interface Served {
  aws: LocalAws
  endpoint: Endpoint
  /** The SDK's client, as for AWS. @param accessKeyId see signature.ts */
  client(region?: string, accessKeyId?: string): ElastiCacheClient
  /** The variables with which a program finds this AWS. */
  environment: Record<string, string>
  close(): Promise<void>
}

/** A local AWS of the test's own, at an address. */
export async function serveLocalAws(): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), 'local-aws-'))
  const aws = LocalAws.open(directory)
  const endpoint = await aws.serve(0)
  const clients: ElastiCacheClient[] = []
  return {
    aws,
    endpoint,
    client(region = 'us-east-1', accessKeyId = 'local') {
      const credentials = { accessKeyId, secretAccessKey: 'local' }
      const client = new ElastiCacheClient({ region, endpoint: endpoint.url, credentials, maxAttempts: 1 })
      clients.push(client)
      return client
    },
    environment: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    async close() {
      for (const client of clients) client.destroy()
      await endpoint.close()
      await aws.stop()
      aws.close()
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A group as the stacks ask for it. */
export const groupRequest = (ReplicationGroupId: string) => ({
  ReplicationGroupId,
  ReplicationGroupDescription: 'made by a test',
  CacheNodeType: 'cache.t3.micro',
  NumCacheClusters: 1,
  EngineVersion: '6.2',
  TransitEncryptionEnabled: true,
  AuthToken: 'a-token-of-a-test-0123456789',
  SecurityGroupIds: ['sg-00000000000000000'],
  Tags: [{ Key: 'Owner', Value: 'some body' }],
})
