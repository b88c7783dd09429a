import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { checkPinnedNode, pinnedNodeRuns } from './node.mjs'
import { machinePath, project } from './project.mjs'
import { run, runShowing, say } from './run.mjs'

/** As npm tells the libraries of C of Linux apart: the Node of this setup knows which one it was made for. */
const ownLibc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'

/**
 * Installs the project's npm packages, among them the Node 22 that runs the rest.
 *
 * @param {boolean} forTests also those of development
 */
export async function ensurePackages(forTests) {
  await installFromLock(project, 'the npm packages (about a minute)', { forTests, works: pinnedNodeRuns })
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
 * @param {object} [options]
 * @param {boolean} [options.forTests] also the packages of development
 * @param {() => boolean} [options.works] whether what is installed can be used
 */
export async function installFromLock(directory, what, { forTests = false, works = () => true } = {}) {
  const stamp = join(directory, 'node_modules', '.installed-from')
  const [all, some] = ['all', 'production'].map((extent) =>
    stampOf(join(directory, 'package-lock.json'), extent),
  )
  // Those of development are in nobody's way once they are there.
  const enough = forTests ? [all] : [all, some]
  if (existsSync(stamp) && enough.includes(readFileSync(stamp, 'utf8')) && works()) return

  say(`Installing ${what} ...`)
  rmSync(stamp, { force: true })
  await npmCi(directory, forTests)
  writeFileSync(stamp, forTests ? all : some)
}

/** Packages with programs in them differ from platform to platform, though the lock file is the same. */
function stampOf(lockFile, extent) {
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  return `${process.platform} ${process.arch} ${lock} ${extent}\n`
}

async function npmCi(directory, forTests) {
  // Whatever NODE_ENV says; the flags of .npmrc do not reach nested directories.
  const extent = [forTests ? '--include=dev' : '--omit=dev', '--include=optional', '--ignore-scripts']
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  // On the machine's own PATH: npm must not run on the Node that it is about to replace.
  const env = { ...process.env, PATH: machinePath.join(delimiter) }
  const howFar = progressOf(directory, forTests)
  const { ok, stderr } = await runShowing('npm', ['ci', ...extent, ...quiet], { cwd: directory, env }, howFar)
  if (ok) return
  if (!run('npm', ['--version'], { env }).ok)
    throw new Error('npm is missing. It comes with Node from nodejs.org.')
  process.stderr.write(stderr)
  throw new Error('The npm packages could not be installed, for the reason that npm gives above.')
}

/** How many packages of the lock file are there. npm takes away what is there before, and fills directories late. */
function progressOf(directory, forTests) {
  const { packages = {} } = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8'))
  const paths = Object.entries(packages)
    .filter(
      ([path, { dev, os, cpu, libc }]) =>
        path &&
        (forTests || !dev) &&
        isOneOf(os, process.platform) &&
        isOneOf(cpu, process.arch) &&
        isOneOf(libc, ownLibc),
    )
    .map(([path]) => path)
  const count = () => paths.filter((path) => existsSync(join(directory, path, 'package.json'))).length
  let before = count()
  return () => {
    const there = count()
    const isLess = there < before
    before = there
    return isLess ? 'removing the former packages' : `${there} of ${paths.length} packages`
  }
}

/** Whether a package that names these, if any, is for this one. */
function isOneOf(names, own) {
  return names === undefined || [names].flat().includes(own)
}
