import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { checkPinnedNode, pinnedNodeRuns } from './node.mjs'
import { machinePath, project } from './project.mjs'
import { run, say } from './run.mjs'

/** Installs the project's npm packages, among them the Node 22 that runs the rest. */
export function ensurePackages() {
  installFromLock(project, 'the npm packages (about a minute)', pinnedNodeRuns)
  checkPinnedNode()
}

/**
 * Installs the packages of a directory with `npm ci`, when what is there is not what the lock file says.
 *
 * The stamp says what was installed. It is removed before and written after `npm ci`, so that an install which
 * ended halfway has none and is done again.
 *
 * @param {string} directory with package.json and package-lock.json
 * @param {string} what for the person who waits
 * @param {() => boolean} [works] whether what is installed can be used
 */
export function installFromLock(directory, what, works = () => true) {
  const stamp = join(directory, 'node_modules', '.installed-from')
  const wanted = stampOf(join(directory, 'package-lock.json'))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && works()) return

  say(`Installing ${what} ...`)
  rmSync(stamp, { force: true })
  npmCi(directory)
  writeFileSync(stamp, wanted)
}

/** Packages with programs in them differ from platform to platform, though the lock file is the same. */
function stampOf(lockFile) {
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  return `${process.platform} ${process.arch} ${lock}\n`
}

function npmCi(directory) {
  // NODE_ENV=production would leave out what the tests need; the flags of .npmrc do not reach nested directories.
  const wholeLock = ['--include=dev', '--include=optional', '--ignore-scripts']
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  // On the machine's own PATH: npm must not run on the Node that it is about to replace.
  const env = { ...process.env, PATH: machinePath.join(delimiter) }
  const { ok, stderr } = run('npm', ['ci', ...wholeLock, ...quiet], { cwd: directory, env })
  if (ok) return
  if (!run('npm', ['--version'], { env }).ok)
    throw new Error('npm is missing. It comes with Node from nodejs.org.')
  process.stderr.write(stderr)
  throw new Error('The npm packages could not be installed, for the reason that npm gives above.')
}
