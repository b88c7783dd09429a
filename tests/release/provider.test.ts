import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { copyMirror } from '../../release/programs.ts'
import { findHashicorpProvider } from '../support/hashicorp-provider.ts'
import { makeRelease } from '../support/make-release.ts'
import { commandWithoutNetwork, withoutNetwork } from './without-network.ts'

const provider = findHashicorpProvider()

test.skipIf(!provider)(
  `with --provider-mirror a release creates a Redis ${withoutNetwork} with the provider that is in it (needs HashiCorp's provider)`,
  async () => {
    if (!provider) return
    const { mirror, version } = provider
    const root = mkdtempSync(join(tmpdir(), 'release-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
    const release = await makeRelease(root, '0.2.0')
    const [part] = await copyMirror(mirror, release)
    expect(part).toMatchObject({ name: 'terraform-provider-aws', version })

    const data = join(root, 'data')
    const program = join(import.meta.dirname, 'on-aws.ts')
    const node = `${process.execPath} --disable-warning=ExperimentalWarning`
    const { all } = await execa(
      ...commandWithoutNetwork(`exec ${node} ${program} ${release} ${data} ${version}`),
      { env: { PATH: process.env.PATH, HOME: root }, extendEnv: false, all: true, reject: false },
    )
    expect(all).toBe('{"state":"succeeded"}')
    // It was taken from where it is, and not unpacked once more.
    expect(existsSync(join(data, 'terraform', `aws-${version}`))).toBe(false)
  },
)
