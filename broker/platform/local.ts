import { join } from 'node:path'
import { installProvider, LocalAws } from '../../stacks/local-aws/index.ts'
import type { Platform, ReplicationGroup } from './platform.ts'
import { terraformConfiguration } from './terraform-configuration.ts'

/** One machine: the AWS provider is the project's own plugin, and Redis nodes are processes. */
export async function openLocalPlatform(dataDirectory: string): Promise<Platform> {
  const awsDirectory = join(dataDirectory, 'local-aws')
  const aws = new LocalAws(awsDirectory)
  // Nodes outlive the broker, but not a reboot of the machine.
  await aws.start()
  const mirror = join(dataDirectory, 'terraform', 'providers')
  await installProvider({ mirrorDirectory: mirror, dataDirectory: awsDirectory })
  const replicationGroups = async (): Promise<ReplicationGroup[]> =>
    (await aws.listReplicationGroups()).map(({ replicationGroupId, status, tags }) => ({
      id: replicationGroupId,
      status,
      tags,
    }))
  return {
    environment: await terraformConfiguration(join(dataDirectory, 'terraform'), mirror),
    providerMirror: mirror,
    caCertificate: await aws.caCertificate(),
    pollInterval: 200,
    replicationGroups,
    replicationGroup: async (id) => (await replicationGroups()).find((group) => group.id === id),
    deleteReplicationGroup: (id) => aws.deleteReplicationGroup(id),
    close: () => aws.close(),
  }
}
