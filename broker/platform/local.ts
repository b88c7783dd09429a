import { join } from 'node:path'
import { installProvider, LocalAws } from '../../stacks/local-aws/index.ts'
import type { Platform, ReplicationGroup } from './platform.ts'
import { unlessGone, unlessUntold } from './refusals.ts'
import { terraformConfiguration } from './terraform-configuration.ts'

/** One machine: the AWS provider is the project's own plugin, and Redis nodes are processes. */
export async function openLocalPlatform(dataDirectory: string): Promise<Platform> {
  const awsDirectory = join(dataDirectory, 'local-aws')
  const aws = new LocalAws(awsDirectory)
  // Nodes outlive the broker, but not a reboot of the machine.
  await aws.start()
  const mirror = join(dataDirectory, 'terraform', 'providers')
  await installProvider({ mirrorDirectory: mirror, dataDirectory: awsDirectory })
  const groups = async (id?: string): Promise<ReplicationGroup[]> =>
    ((await unlessGone(aws.describeReplicationGroups(id))) ?? []).map((group) => ({
      id: group.replicationGroupId,
      arn: group.arn,
      status: group.status,
      sharded: false,
      nodeType: group.cacheNodeType,
      members: group.memberClusters,
      tokenChangedAt: group.authTokenLastModifiedDate?.toISOString() ?? null,
      tokenChanging: false,
    }))
  return {
    environment: await terraformConfiguration(join(dataDirectory, 'terraform'), mirror),
    providerMirror: mirror,
    caCertificate: await aws.caCertificate(),
    pollInterval: 200,
    replicationGroups: () => groups(),
    replicationGroup: async (id) => (await groups(id))[0],
    tags: ({ arn }) => unlessUntold(aws.listTags(arn)),
    engineVersion: async ({ id }) => (await aws.describeReplicationGroups(id))[0]?.engineVersion,
    changeToken: (id, authToken, authTokenUpdateStrategy) =>
      aws.modifyReplicationGroup(id, { authToken, authTokenUpdateStrategy }),
    deleteReplicationGroup: (id) => aws.deleteReplicationGroup(id),
    close: () => aws.close(),
  }
}
