import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pack } from './archive.ts'
import { copyCode } from './code.ts'
import { copyPackages } from './packages.ts'
import { copyMirror, copyTerraform } from './programs.ts'
import { projectVersion, releaseName } from './project.ts'
import { writeSbom } from './sbom.ts'

const usage = `npm run release -- --out <directory> [--provider-mirror <directory>] [--level <0-9>]
      Makes one archive for this platform, with its checksum and its list of parts (CycloneDX).
      With a provider mirror, as of \`npx redis-broker fetch-provider <directory>\`, it has HashiCorp's AWS provider, too.
      The level is gzip's: 6 if absent; 0 does not compress, which is quick, to try a release out.
`

try {
  await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'provider-mirror': { type: 'string' },
      level: { type: 'string', default: '6' },
      help: { type: 'boolean' },
    },
  })
  if (values.help || !values.out || !/^\d$/.test(values.level)) {
    ;(values.help ? process.stdout : process.stderr).write(usage)
    process.exitCode = values.help ? 0 : 1
    return
  }
  const out = resolve(values.out)
  const mirror = values['provider-mirror']
  await mkdir(out, { recursive: true })
  const staging = mkdtempSync(join(tmpdir(), 'release-'))
  try {
    const directory = join(staging, releaseName)
    tell(`Making ${releaseName} ...`)
    await copyCode(directory)
    await copyPackages(directory)
    const parts = [
      await copyTerraform(directory),
      ...(mirror ? await copyMirror(resolve(mirror), directory) : []),
    ]
    const sbom = join(out, `${releaseName}.cdx.json`)
    await writeSbom(directory, parts, sbom)
    const { archive, checksum, bytes } = await pack(directory, out, Number(values.level))
    for (const file of [`${archive} (${Math.round(bytes / 1e6)} MB)`, checksum, sbom]) tell(file)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  tell(`Version ${projectVersion}. Unpack it anywhere and start it with bin/redis-broker start.`)
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
