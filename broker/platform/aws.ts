import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { awsProvider } from '../../stacks/aws-provider.ts'
import { fromEnvironment, programEnvironment } from '../program-environment.ts'
import { elastiCache } from './elasticache.ts'
import type { Platform } from './platform.ts'
import { terraformConfiguration } from './terraform-configuration.ts'

/** AWS: HashiCorp's provider, fetched once into a mirror. */
export async function openAwsPlatform(dataDirectory: string, region: string): Promise<Platform> {
  const directory = join(dataDirectory, 'terraform')
  const mirror = join(directory, `aws-${awsProvider.version}`)
  if (!existsSync(mirror)) await fillMirror(mirror)
  return {
    environment: await terraformConfiguration(directory, mirror),
    pollInterval: 10_000,
    ...elastiCache(region),
  }
}

/** How this machine reaches a registry is its operators' to say. */
const registrySettings = /^TF_(CLI_CONFIG_FILE|REGISTRY_.*)$/

/** Another process may do the same at once; the first one to rename its result wins. */
async function fillMirror(mirror: string): Promise<void> {
  const draft = `${mirror}.${process.pid}`
  await mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    const configuration = { terraform: { required_providers: { aws: awsProvider } } }
    await writeFile(join(draft, 'main.tf.json'), JSON.stringify(configuration))
    const run = await execa('terraform', ['providers', 'mirror', 'providers'], {
      cwd: draft,
      env: { ...programEnvironment(), ...fromEnvironment(registrySettings) },
      extendEnv: false,
      reject: false,
      all: true,
    })
    if (run.failed) {
      throw new Error(`HashiCorp's AWS provider ${awsProvider.version} can't be fetched:\n${run.all}`)
    }
    await rename(join(draft, 'providers'), mirror).catch((error) => {
      if (!existsSync(mirror)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
