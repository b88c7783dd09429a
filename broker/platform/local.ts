import { join } from 'node:path'
import { installProvider, LocalAws } from '../../stacks/local-aws/index.ts'
import type { Platform } from './platform.ts'
import { terraformConfiguration } from './terraform-configuration.ts'

/** One machine: the AWS provider is the project's own plugin, and Redis nodes are processes. */
export async function openLocalPlatform(dataDirectory: string): Promise<Platform> {
  const aws = new LocalAws(join(dataDirectory, 'local-aws'))
  // Nodes outlive the broker, but not a reboot of the machine.
  await aws.start()
  const mirror = join(dataDirectory, 'terraform', 'providers')
  await installProvider({ mirrorDirectory: mirror, dataDirectory: join(dataDirectory, 'local-aws') })
  return {
    environment: await terraformConfiguration(join(dataDirectory, 'terraform'), mirror),
    providerMirror: mirror,
    caCertificate: await aws.caCertificate(),
  }
}
