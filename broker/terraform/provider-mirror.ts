import { constants, existsSync, readdirSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { awsProvider, providerTarget } from '../../stacks/aws-provider.ts'
import type { Settings } from '../settings/settings.ts'
import { terraformConfiguration } from './cli-configuration.ts'
import { fromEnvironment, programEnvironment } from './environment.ts'
import { run } from './run.ts'

/**
 * A Terraform filesystem mirror that has HashiCorp's provider unpacked. A packed one would be unpacked by every
 * `init`, for seconds and hundreds of megabytes; an unpacked one costs a symlink.
 * Operators may give one, packed or unpacked: then no network is needed.
 *
 * @throws Error for operators, that names the setting when theirs does not have the version
 */
export async function providerMirror(settings: MirrorSettings): Promise<string> {
  const { AWS_PROVIDER_VERSION: version, AWS_PROVIDER_MIRROR: given } = settings
  if (given && existsSync(unpacked(given, version))) return given
  if (given && !existsSync(packed(given, version))) throw new Error(lacking(given, version))
  const own = ownMirror(settings)
  await unpackProvider(own, version, given)
  return own
}

type MirrorSettings = Pick<Settings, 'DATA_DIR' | 'AWS_PROVIDER_VERSION' | 'AWS_PROVIDER_MIRROR'>

/** Where the broker keeps the provider, unless operators give it unpacked. */
export function ownMirror(settings: Pick<MirrorSettings, 'DATA_DIR' | 'AWS_PROVIDER_VERSION'>): string {
  return join(settings.DATA_DIR, 'terraform', `aws-${settings.AWS_PROVIDER_VERSION}`)
}

/** Where the provider is, without fetching or unpacking it. */
export function inspectMirror(settings: MirrorSettings) {
  const { AWS_PROVIDER_VERSION: version, AWS_PROVIDER_MIRROR: given } = settings
  const mirrors = [...(given ? [given] : []), ownMirror(settings)]
  return {
    unpackedIn: mirrors.find((mirror) => existsSync(unpacked(mirror, version))),
    packedIn: mirrors.find((mirror) => existsSync(packed(mirror, version))),
    /** Versions that the given one has. */
    others: given ? versionsIn(given) : [],
  }
}

/** Puts the provider into a mirror, unpacked: out of another one, or of the registry. It may be there already. */
export async function unpackProvider(mirror: string, version: string, from?: string): Promise<void> {
  const place = unpacked(mirror, version)
  if (existsSync(place)) return
  await mkdir(dirname(mirror), { recursive: true, mode: 0o700 })
  await removeAbandoned(mirror)
  const draft = await mkdtemp(mirror + draftEnding)
  try {
    const found = await realpath(await initialized(draft, version, from))
    const copy = join(draft, providerTarget)
    await cp(found, copy, { recursive: true, mode: constants.COPYFILE_FICLONE })
    await mkdir(dirname(place), { recursive: true })
    // Another process may do the same at once; the first one to rename its result wins.
    await rename(copy, place).catch((error) => {
      if (!existsSync(place)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** What comes between a mirror's name and the random end of a draft's. */
const draftEnding = '.draft-'

/** Milliseconds after which nobody works on a draft any more. */
const longestDraft = 86_400_000

/** Removes what processes that were killed have left, hundreds of megabytes each. */
async function removeAbandoned(mirror: string): Promise<void> {
  const names = await readdir(dirname(mirror))
  for (const name of names.filter((name) => name.startsWith(basename(mirror) + draftEnding))) {
    const draft = join(dirname(mirror), name)
    const begun = (await stat(draft).catch(() => undefined))?.mtimeMs ?? Date.now()
    if (Date.now() - begun > longestDraft) await rm(draft, { recursive: true, force: true })
  }
}

/** How this machine reaches a registry is its operators' to say. */
const registrySettings = /^TF_(CLI_CONFIG_FILE|REGISTRY_.*)$/

/** @returns where terraform has installed the provider, which may be a symlink into a mirror or a cache */
async function initialized(directory: string, version: string, from: string | undefined): Promise<string> {
  const configuration = { terraform: { required_providers: { aws: { ...awsProvider, version } } } }
  await writeFile(join(directory, 'main.tf.json'), JSON.stringify(configuration))
  const source = from ? await terraformConfiguration(directory, from) : fromEnvironment(registrySettings)
  const init = await run('terraform', ['init', '-input=false', '-no-color'], {
    cwd: directory,
    environment: { ...programEnvironment(), ...source },
  })
  if (!init.ok) {
    const why = from
      ? `unpacked from AWS_PROVIDER_MIRROR ${from}`
      : 'fetched; AWS_PROVIDER_MIRROR may have it'
    throw new Error(
      `HashiCorp's AWS provider ${version} can't be ${why}:\n${init.missing ? 'There is no terraform on the PATH.' : init.output}`,
    )
  }
  return unpacked(join(directory, '.terraform', 'providers'), version)
}

function unpacked(mirror: string, version: string): string {
  return join(mirror, awsProvider.source, version, providerTarget)
}

function packed(mirror: string, version: string): string {
  return join(mirror, awsProvider.source, `terraform-provider-aws_${version}_${providerTarget}.zip`)
}

function versionsIn(mirror: string): string[] {
  const directory = join(mirror, awsProvider.source)
  const names = existsSync(directory) ? readdirSync(directory) : []
  const versions = names.map((name) => /^terraform-provider-aws_([^_]+)_.*\.zip$/.exec(name)?.[1] ?? name)
  return [...new Set(versions)].filter(
    (found) => existsSync(unpacked(mirror, found)) || existsSync(packed(mirror, found)),
  )
}

function lacking(mirror: string, version: string): string {
  return (
    `AWS_PROVIDER_MIRROR ${mirror} has no ${awsProvider.source} ${version} for ${providerTarget}, ` +
    `it has ${versionsIn(mirror).join(', ') || 'none'}: set AWS_PROVIDER_VERSION to one that it has, ` +
    `or add ${version} to it with "npx redis-broker fetch-provider ${mirror}".`
  )
}
