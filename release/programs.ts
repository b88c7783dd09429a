import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, realpathSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { awsProvider } from '../stacks/aws-provider.ts'

/** A program in a release that is no npm package, for the list of parts. */
export interface Part {
  name: string
  version: string
  supplier: string
  licence: string
  sha256: string
}

/** The name of HashiCorp's licence in SPDX. Whoever gives a release on has to heed it. */
const businessSource = 'BUSL-1.1'

/** Copies the Terraform that is on the PATH, to where the broker looks for one first. */
export async function copyTerraform(directory: string): Promise<Part> {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((place) => join(place, 'terraform'))
    .find(existsSync)
  if (!found) throw new Error('There is no Terraform on the PATH. Run npm start once, which gets one.')
  const file = join(directory, 'terraform', 'terraform')
  await mkdir(join(directory, 'terraform'), { recursive: true })
  await copyFile(realpathSync(found), file)
  await chmod(file, 0o755)
  await symlink('../../terraform/terraform', join(directory, 'node_modules', '.bin', 'terraform'))
  // A script that starts another one elsewhere would not run where that is not.
  const env = { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null', PATH: '' }
  const run = await execa(file, ['version', '-json'], { env, extendEnv: false, reject: false })
  const version = /"terraform_version": *"([^"]+)"/.exec(run.stdout ?? '')?.[1]
  if (!version)
    throw new Error(`${found} is no Terraform that runs by itself: put the program first on the PATH.`)
  return {
    name: 'terraform',
    version,
    supplier: 'HashiCorp',
    licence: businessSource,
    sha256: await sha256(file),
  }
}

/** Copies a mirror that has the AWS provider. */
export async function copyMirror(mirror: string, directory: string): Promise<Part[]> {
  const versions = join(mirror, awsProvider.source)
  if (!existsSync(versions)) {
    throw new Error(
      `${mirror} is no mirror that has ${awsProvider.source}. Make one with: npx redis-broker fetch-provider ${mirror}`,
    )
  }
  await cp(mirror, join(directory, 'provider-mirror'), { recursive: true, dereference: true })
  const files = readdirSync(versions, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /terraform-provider-aws_[^/]*$/.test(name),
  )
  return Promise.all(
    files.map(async (name) => ({
      name: 'terraform-provider-aws',
      version: /terraform-provider-aws_v?(\d+\.\d+\.\d+)/.exec(name)?.[1] ?? 'unknown',
      supplier: 'HashiCorp',
      licence: 'MPL-2.0',
      sha256: await sha256(join(versions, name)),
    })),
  )
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
