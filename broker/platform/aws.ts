import { join } from 'node:path'
import type { Settings } from '../settings/settings.ts'
import { installedProvider } from '../terraform/installed-provider.ts'
import { providerMirror } from '../terraform/provider-mirror.ts'
import { requireAccess } from './aws-access.ts'
import { awsClient } from './aws-client.ts'
import { elastiCache } from './elasticache.ts'
import type { Platform } from './platform.ts'

type AwsSettings = Pick<
  Settings,
  'AWS_REGION' | 'AWS_ACCOUNT_ID' | 'DATA_DIR' | 'AWS_PROVIDER_VERSION' | 'AWS_PROVIDER_MIRROR'
>

/** AWS: HashiCorp's provider, out of a mirror. */
export async function openAwsPlatform(settings: AwsSettings): Promise<Platform> {
  await requireAccess(settings)
  const directory = join(settings.DATA_DIR, 'terraform')
  return {
    provider: await installedProvider(
      directory,
      await providerMirror(settings),
      settings.AWS_PROVIDER_VERSION,
    ),
    pollInterval: 10_000,
    ...elastiCache(awsClient(settings.AWS_REGION)),
  }
}
