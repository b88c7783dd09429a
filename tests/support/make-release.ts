import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyCode } from '../../release/code.ts'
import { project } from '../../release/project.ts'

/** Changes what a file has as JSON. */
export function changeJson<T>(file: string, change: (content: T) => void): void {
  const content = JSON.parse(readFileSync(file, 'utf8'))
  change(content)
  writeFileSync(file, JSON.stringify(content))
}

/** The code of a release as `npm run release` copies it, with the packages of this checkout. */
export async function makeRelease(parent: string, version: string): Promise<string> {
  const release = join(parent, `redis-broker-${version}-linux-x64`)
  mkdirSync(release, { recursive: true })
  await copyCode(release)
  symlinkSync(join(project, 'node_modules'), join(release, 'node_modules'))
  changeJson<{ version: string }>(join(release, 'package.json'), (manifest) => {
    manifest.version = version
  })
  return release
}
