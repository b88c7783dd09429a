import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Part } from './programs.ts'
import { releaseTime } from './project.ts'

interface Bom {
  serialNumber?: string
  metadata: { timestamp?: string }
  components: object[]
}

/**
 * Writes what a release is made of, in CycloneDX: the packages as npm finds them in it, and the programs beside them.
 * It is in the release, too, as `sbom.cdx.json`.
 */
export async function writeSbom(directory: string, parts: Part[], file: string): Promise<void> {
  const { stdout } = await execa('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--offline'], {
    cwd: directory,
    // Whoever runs npm silently wants to read why this fails.
    env: { npm_config_loglevel: 'error' },
    stdin: 'ignore',
  })
  const bom = JSON.parse(stdout) as Bom
  // Both are others at each call, and one checkout is to give the same bytes.
  delete bom.serialNumber
  bom.metadata.timestamp = new Date(releaseTime * 1000).toISOString()
  bom.components.push(...parts.map(component))
  await writeFile(file, `${JSON.stringify(bom, null, 2)}\n`)
  await copyFile(file, join(directory, 'sbom.cdx.json'))
}

function component({ name, version, supplier, licence, sha256 }: Part) {
  return {
    'bom-ref': `${name}@${version}`,
    type: 'application',
    name,
    version,
    supplier: { name: supplier },
    licenses: [{ license: { id: licence } }],
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  }
}
