import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that a release is made of. */
export const project = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  name: string
  version: string
  scripts: Record<string, string>
  [field: string]: unknown
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
}

export const projectVersion = manifest().version

/** As Node and its packages name platforms. */
export const platform = `${process.platform}-${process.arch}`

/** Of the archive, and of the one directory in it. */
export const releaseName = `redis-broker-${projectVersion}-${platform}`

/** Seconds since 1970 that everything in the archive is dated with: so one checkout always gives the same bytes. */
export const releaseTime = Number(process.env.SOURCE_DATE_EPOCH ?? commitTime())

function commitTime(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // Not a checkout of git.
    return '0'
  }
}
