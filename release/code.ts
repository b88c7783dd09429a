import { chmod, cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifest, platform, project, projectVersion } from './project.ts'

/** The files of the project that a release has. */
const code = [
  'broker',
  'stacks',
  'state-backend',
  'deploy',
  'Containerfile',
  'manifest.yml',
  'docs',
  'cdktf.json',
  'package-lock.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.npmrc',
]

/** Installs what a release brings along. */
const setup = join(project, 'broker', 'setup')

/** Copies the project's own code, with the program that starts it. */
export async function copyCode(directory: string): Promise<void> {
  for (const name of code) {
    await cp(join(project, name), join(directory, name), {
      recursive: true,
      filter: (source) => source !== setup,
    })
  }
  const { scripts, devDependencies: _, ...rest } = manifest()
  const kept = Object.entries(scripts).filter(([, script]) => isOfRelease(script))
  const own = { ...rest, scripts: { start: 'exec bin/redis-broker start', ...Object.fromEntries(kept) } }
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
  await writeFile(
    join(directory, 'release.json'),
    `${JSON.stringify({ version: projectVersion, platform })}\n`,
  )
  await cp(join(project, 'release', 'redis-broker.sh'), join(directory, 'bin', 'redis-broker'))
  await chmod(join(directory, 'bin', 'redis-broker'), 0o755)
}

/** Without those that set up a machine, and those of development. */
function isOfRelease(script: string): boolean {
  return /^exec node_modules\/\.bin\/node .* (broker|state-backend)\//.test(script)
}
