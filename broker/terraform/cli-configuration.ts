import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRelease } from './environment.ts'

/** Providers come from the mirror only, so that `init` needs no network and parallel ones are safe. */
export async function terraformConfiguration(
  directory: string,
  mirror: string,
): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'terraform.rc')
  await writeFile(
    file,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  )
  return { TF_CLI_CONFIG_FILE: file, ...(isRelease ? { NODE_COMPILE_CACHE: join(directory, 'cache') } : {}) }
}
