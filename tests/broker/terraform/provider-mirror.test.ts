import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { terraformConfiguration } from '../../../broker/terraform/cli-configuration.ts'
import { repository } from '../../../broker/terraform/environment.ts'
import { providerMirror } from '../../../broker/terraform/provider-mirror.ts'
import { awsProvider, providerTarget } from '../../../stacks/aws-provider.ts'
import { zipOf } from './zip.ts'

const program = '#!/bin/sh\n'

let directory: string
let given: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mirror-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  given = join(directory, 'given')
})

const placeOf = (mirror: string, version: string) =>
  join(mirror, awsProvider.source, version, providerTarget, `terraform-provider-aws_v${version}_x5`)

/** Terraform takes any executable of this name, until it is started. */
async function addUnpacked(version: string): Promise<void> {
  const place = placeOf(given, version)
  await mkdir(join(place, '..'), { recursive: true })
  await writeFile(place, program, { mode: 0o755 })
}

const archiveOf = (version: string, target = providerTarget) =>
  join(given, awsProvider.source, `terraform-provider-aws_${version}_${target}.zip`)

async function addPacked(version: string, target?: string): Promise<void> {
  const archive = archiveOf(version, target)
  await mkdir(join(archive, '..'), { recursive: true })
  await writeFile(archive, zipOf(`terraform-provider-aws_v${version}_x5`, program))
}

const mirrorOf = (version: string) =>
  providerMirror({
    DATA_DIR: join(directory, 'data'),
    AWS_PROVIDER_VERSION: version,
    AWS_PROVIDER_MIRROR: given,
  })

test('a mirror that has the version unpacked is used where it is', async () => {
  await addUnpacked('6.31.0')
  expect(await mirrorOf('6.31.0')).toBe(given)
  expect(await readdir(directory)).toEqual(['given'])
})

test('a packed one is unpacked once, so that every later init makes a symlink', async () => {
  await addPacked('6.31.0')
  const mirror = await mirrorOf('6.31.0')
  const place = placeOf(mirror, '6.31.0')
  expect(await readFile(place, 'utf8')).toBe(program)
  expect((await stat(place)).mode & 0o111).toBe(0o111)
  const { ino } = await stat(place)
  await writeFile(archiveOf('6.31.0'), 'nothing to unpack')
  expect(await mirrorOf('6.31.0')).toBe(mirror)
  expect((await stat(place)).ino).toBe(ino)
  expect(await readdir(join(directory, 'data', 'terraform'))).toEqual(['aws-6.31.0'])

  const work = join(directory, 'work')
  const env = { PATH: process.env.PATH ?? '', ...(await terraformConfiguration(work, mirror)) }
  const required = { required_providers: { aws: { ...awsProvider, version: '6.31.0' } } }
  await writeFile(join(work, 'main.tf.json'), JSON.stringify({ terraform: required }))
  await execa('terraform', ['init'], { cwd: work, env, extendEnv: false })
  const installed = join(placeOf(join(work, '.terraform', 'providers'), '6.31.0'), '..')
  expect((await lstat(installed)).isSymbolicLink()).toBe(true)
})

test('of two that unpack at once the first one to end wins', async () => {
  await addPacked('6.31.0')
  const place = placeOf(join(directory, 'data', 'terraform', 'aws-6.31.0'), '6.31.0')
  // Another broker on the same DATA_DIR ends while terraform unpacks.
  const script = `#!/bin/sh
mkdir -p '${dirname(place)}'
echo 'of the other' > '${place}'
export PATH='${process.env.PATH}'
exec terraform "$@"
`
  await mkdir(join(directory, 'bin'))
  await writeFile(join(directory, 'bin', 'terraform'), script, { mode: 0o755 })
  const own = join(repository, 'node_modules', '.bin')
  vi.stubEnv('PATH', [join(directory, 'bin'), own, process.env.PATH].join(delimiter))
  onTestFinished(() => void vi.unstubAllEnvs())
  await mirrorOf('6.31.0')
  expect(await readFile(place, 'utf8')).toBe('of the other\n')
  expect(await readdir(join(directory, 'data', 'terraform'))).toEqual(['aws-6.31.0'])
})

test('brokers in containers unpack beside each other, though all have the same process id', async () => {
  await addPacked('6.31.0')
  const mirror = join(directory, 'data', 'terraform', 'aws-6.31.0')
  const other = `${mirror}.${process.pid}`
  await mkdir(other, { recursive: true })
  expect(await Promise.all([mirrorOf('6.31.0'), mirrorOf('6.31.0')])).toEqual([mirror, mirror])
  expect(await readFile(placeOf(mirror, '6.31.0'), 'utf8')).toBe(program)
  expect(await readdir(join(mirror, '..'))).toEqual(['aws-6.31.0', basename(other)])
})

test('what a killed broker has unpacked half is removed a day later', async () => {
  await addPacked('6.31.0')
  const mirror = join(directory, 'data', 'terraform', 'aws-6.31.0')
  const [old, recent] = [`${mirror}.draft-old`, `${mirror}.draft-recent`]
  for (const draft of [old, recent]) await mkdir(draft, { recursive: true })
  const dayBefore = Date.now() / 1000 - 90_000
  await utimes(old, dayBefore, dayBefore)
  await mirrorOf('6.31.0')
  expect(await readdir(join(mirror, '..'))).toEqual(['aws-6.31.0', basename(recent)])
})

function fetchProvider(mirror: string, environment: Record<string, string>) {
  const script = join(repository, 'broker', 'commands', 'main.ts')
  return execa(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, 'fetch-provider', mirror],
    {
      env: { PATH: process.env.PATH ?? '', HOME: directory, ...environment },
      extendEnv: false,
      reject: false,
    },
  )
}

test.each([
  {
    has: 'other versions',
    add: () => Promise.all([addUnpacked('5.100.0'), addPacked('6.25.0')]),
    told: 'it has 5.100.0, 6.25.0',
  },
  {
    has: 'the version for another machine',
    add: () => addPacked('6.31.0', 'plan9_386'),
    told: 'it has none',
  },
  { has: 'nothing', add: async () => {}, told: 'it has none' },
])('a mirror with $has stops the start with one sentence', async ({ add, told }) => {
  await add()
  const message = `AWS_PROVIDER_MIRROR ${given} has no ${awsProvider.source} 6.31.0 for ${providerTarget}, ${told}: set AWS_PROVIDER_VERSION`
  const refusal = await mirrorOf('6.31.0').catch((error: Error) => error.message)
  expect(refusal).toContain(message)
  expect(refusal).not.toContain('\n')
})

test('the command makes a mirror that a broker takes', async () => {
  const from = join(directory, 'registry')
  await addPacked('6.31.0')
  const { TF_CLI_CONFIG_FILE = '' } = await terraformConfiguration(from, given)
  const mirror = join(directory, 'fetched')
  const environment = { AWS_PROVIDER_VERSION: '6.31.0', TF_CLI_CONFIG_FILE }
  expect(await fetchProvider(mirror, environment)).toMatchObject({
    exitCode: 0,
    stdout: `AWS_PROVIDER_MIRROR=${mirror} has version 6.31.0.`,
  })
  given = mirror
  expect(await mirrorOf('6.31.0')).toBe(mirror)
})

test('what terraform keeps elsewhere is copied, and not linked', async () => {
  await addUnpacked('6.31.0')
  const { TF_CLI_CONFIG_FILE = '' } = await terraformConfiguration(join(directory, 'rc'), given)
  const mirror = join(directory, 'fetched')
  await fetchProvider(mirror, { AWS_PROVIDER_VERSION: '6.31.0', TF_CLI_CONFIG_FILE })
  await rm(given, { recursive: true })
  expect(await readFile(placeOf(mirror, '6.31.0'), 'utf8')).toBe(program)
})

test('a version that is nowhere to be had is told with what helps', async () => {
  await mkdir(given)
  const { TF_CLI_CONFIG_FILE = '' } = await terraformConfiguration(join(directory, 'rc'), given)
  const run = await fetchProvider(join(directory, 'fetched'), { TF_CLI_CONFIG_FILE })
  expect(run.exitCode).toBe(1)
  expect(run.stderr).toContain(
    "HashiCorp's AWS provider 6.25.0 can't be fetched; AWS_PROVIDER_MIRROR may have it",
  )
  expect(await readdir(directory)).not.toContain('fetched')
})
