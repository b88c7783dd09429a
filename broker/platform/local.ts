import { join } from 'node:path'
import { awsProvider } from '../../stacks/aws-provider.ts'
import { type Endpoint, installProvider, LocalAws } from '../../stacks/local-aws/index.ts'
import type { Settings } from '../settings/settings.ts'
import { installedProvider } from '../terraform/installed-provider.ts'
import { awsClient } from './aws-client.ts'
import { elastiCache } from './elasticache.ts'
import { localAccess, usualPort } from './local-access.ts'
import type { Platform } from './platform.ts'

/** One machine: the AWS provider is the project's own plugin, Redis nodes are processes, and AWS is at an address here. */
export async function openLocalPlatform({
  DATA_DIR,
  AWS_REGION,
  LOCAL_AWS_PORT,
}: Pick<Settings, 'DATA_DIR' | 'AWS_REGION' | 'LOCAL_AWS_PORT'>): Promise<Platform> {
  const awsDirectory = join(DATA_DIR, 'local-aws')
  const aws = LocalAws.open(awsDirectory)
  // Nodes outlive the broker, but not a reboot of the machine.
  await aws.start()
  const endpoint = await serve(aws, LOCAL_AWS_PORT)
  const mirror = join(DATA_DIR, 'terraform', 'providers')
  await installProvider({ mirrorDirectory: mirror, dataDirectory: awsDirectory })
  const client = elastiCache({ ...awsClient(AWS_REGION), ...localAccess(endpoint.url) })
  return {
    ...client,
    provider: await installedProvider(join(DATA_DIR, 'terraform'), mirror, awsProvider.version),
    providerMirror: mirror,
    caCertificate: await aws.caCertificate(),
    endpoint: endpoint.url,
    pollInterval: 200,
    async close() {
      await client.close()
      await endpoint.close()
      aws.close()
    },
  }
}

async function serve(aws: LocalAws, port: number | undefined): Promise<Endpoint> {
  try {
    return await aws.serve(port ?? usualPort)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (port !== undefined)
      throw new Error(`LOCAL_AWS_PORT ${port} is taken. Set it to a free port, or to 0.`)
    return aws.serve(0)
  }
}
