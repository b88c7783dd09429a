import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { awsProvider, providerTarget } from '../../stacks/aws-provider.ts'
import { terraformConfiguration } from './cli-configuration.ts'
import type { Environment } from './environment.ts'

/** The AWS provider that all terraforms of a broker work with. */
export interface InstalledProvider {
  /** Tells terraform where to install it from. */
  environment: Environment
  /** Its executable, for whoever starts it. */
  program: string
}

/**
 * @param directory for terraform's configuration
 * @param mirror has the provider unpacked
 * @throws Error when it has not
 */
export async function installedProvider(
  directory: string,
  mirror: string,
  version: string,
): Promise<InstalledProvider> {
  const place = join(mirror, awsProvider.source, version, providerTarget)
  const name = (await readdir(place)).find((candidate) => candidate.startsWith('terraform-provider-aws'))
  if (!name) throw new Error(`There is no provider in ${place}.`)
  return { environment: await terraformConfiguration(directory, mirror), program: join(place, name) }
}
