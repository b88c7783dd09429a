import { rmSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from './node.mjs'
import { installFromLock } from './packages.mjs'
import { bin, machinePath } from './project.mjs'
import { run, say } from './run.mjs'

/** A package of its own, so that its `terraform` never stands before the user's on the PATH of npm's scripts. */
const home = fileURLToPath(new URL('./terraform', import.meta.url))

/** Where npm's scripts and `npx cdktf` find the pinned Terraform, when it is the one to use. */
const link = join(bin, 'terraform')

/** Terraform 1.9 or newer: the machine's own where there is one, else the pinned one, linked into npm's PATH. */
export async function ensureTerraform() {
  const env = { ...process.env, PATH: machinePath.join(delimiter) }
  if (isRecent('terraform', env)) return rmSync(link, { force: true })

  await installFromLock(home, 'the package that downloads Terraform (a few seconds)')
  if (isRecent(link)) return
  const file = pinnedTerraform()
  rmSync(link, { force: true })
  symlinkSync(file, link)
}

/** Whatever the user's configuration for Terraform is, it has no say in this, and nobody is called home. */
function isRecent(terraform, env = process.env) {
  const quiet = { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' }
  const { ok, stdout } = run(terraform, ['version', '-json'], {
    env: { ...withoutTerraformSettings(env), ...quiet },
  })
  const [, major, minor] = (ok && /"terraform_version": *"(\d+)\.(\d+)/.exec(stdout)) || []
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 9)
}

/** Such as arguments for every command (TF_CLI_ARGS), with which it would pass for one that does not work. */
function withoutTerraformSettings(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TF_')))
}

/** The file of the pinned Terraform, downloaded on the first call. The package checks HashiCorp's signature on it. */
function pinnedTerraform() {
  const file = runInHome('-p', "require('@jahed/terraform').default.path").stdout.trim()
  if (isRecent(file)) return file

  say('Downloading Terraform from HashiCorp (about half a minute) ...')
  // What a download that ended halfway left behind would be taken for a whole one.
  rmSync(file, { force: true })
  const { stderr } = runInHome(join(home, 'node_modules', '.bin', 'terraform'), 'version')
  if (isRecent(file)) return file
  const [reason] = stderr.replace('TypeError: ', '').split('\n')
  throw new Error(
    `Terraform 1.9 or newer is missing, and it could not be downloaded from HashiCorp (${reason}). ` +
      'Install it yourself, so that it is on the PATH.',
  )
}

/**
 * The package keeps its download in `node_modules/.cache` of the directory that it takes for the project's. Node's
 * own fetch, with which it downloads, heeds HTTPS_PROXY only on request.
 */
function runInHome(...args) {
  const { CACHE_DIR: _, ...env } = withoutTerraformSettings(process.env)
  return run(pinnedNode, args, { cwd: home, env: { ...env, INIT_CWD: home, NODE_USE_ENV_PROXY: '1' } })
}
