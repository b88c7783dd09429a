import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { machinePath } from './project.mjs'
import { ensureSystemPackage } from './system-package.mjs'

/** The programs of a PostgreSQL server, from which the tests start servers of their own. */
export function ensurePostgres() {
  ensureSystemPackage({
    what: 'A PostgreSQL server, for the tests,',
    works: () => binDirectories().some((directory) => existsSync(join(directory, 'initdb'))),
    debian: 'postgresql',
    homebrew: 'postgresql',
  })
}

/** Debian and Homebrew keep the server's programs off the PATH, in a directory for each version. */
function binDirectories() {
  return [
    ...machinePath,
    ...versions('/usr/lib/postgresql', ''),
    ...versions('/opt/homebrew/opt', 'postgresql'),
    ...versions('/usr/local/opt', 'postgresql'),
  ]
}

function versions(parent, prefix) {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(parent, name, 'bin'))
}
