/**
 * The app of cdktf.json: asks the broker for its instances and renders their stacks, byte for byte as the
 * broker does, so that `npx cdktf list` and `npx cdktf diff <stack>` work on live instances. Stacks do not let
 * their group be deleted, except those that a `cdktf destroy <stack>` names.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { dirname, join } from 'node:path'
import { awsProvider } from '../../stacks/aws-provider.ts'
import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import type { OperatorStacks } from '../operator/stacks.ts'
import { cdktfCommand } from './cdktf-command.ts'
import { operatorClient } from './client/client.ts'

/** cdktf tells the app where to render to. */
const outputDirectory = process.env.CDKTF_OUTDIR ?? 'cdktf.out'

/** All stacks, or with a thousand instances the one that cdktf was asked for. */
async function fetchStacks(): Promise<OperatorStacks> {
  const { verb, stacks } = cdktfCommand()
  const query = {
    ...(stacks.length > 0 ? { name: stacks } : {}),
    ...(verb === 'destroy' && stacks.length > 0 ? { deletable: 'true' as const } : {}),
  }
  return (await operatorClient().stacks.$get({ query })).json()
}

/**
 * Lets terraform find a provider that is not in any registry: it looks in `terraform.d/plugins` of the
 * directory that it runs in, and cdktf asks the registry for checksums unless the lock file names the provider.
 */
function linkProvider({ name, providerVersion: version }: RedisStackSpec, mirror: string): void {
  const directory = stackDirectory(outputDirectory, name)
  const plugins = join(directory, 'terraform.d', 'plugins')
  mkdirSync(dirname(plugins), { recursive: true })
  rmSync(plugins, { force: true })
  symlinkSync(mirror, plugins)
  writeFileSync(
    join(directory, '.terraform.lock.hcl'),
    `provider "${awsProvider.source}" {\n  version     = "${version}"\n  constraints = "${version}"\n}\n`,
  )
}

/**
 * `cdktf diff` has terraform save its plan, with the password in it and for everybody to read, and never looks at it.
 * It can't be told not to. So the name of the file leads nowhere. Plans of earlier runs go.
 */
function dropPlans(): void {
  const directory = join(outputDirectory, 'stacks')
  for (const stack of existsSync(directory) ? readdirSync(directory) : []) {
    const plan = join(stackDirectory(outputDirectory, stack), 'plan')
    rmSync(plan, { force: true })
    symlinkSync(devNull, plan)
  }
}

try {
  const { stacks, providerMirror } = await fetchStacks()
  // cdktf says "No Terraform code synthesized" then.
  if (stacks.length === 0) process.stderr.write('The broker has no instances, and so there are no stacks.\n')
  await renderStacks(stacks, outputDirectory)
  dropPlans()
  if (providerMirror) for (const stack of stacks) linkProvider(stack, providerMirror)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
