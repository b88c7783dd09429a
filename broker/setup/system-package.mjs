import { run, say } from './run.mjs'
import { withoutServiceStarts } from './service-starts.mjs'

/**
 * A program of the operating system: taken as it is when it works, installed where this is a Debian or Ubuntu and
 * the user is root, and otherwise asked for with the command to run.
 *
 * @param {object} program
 * @param {string} program.what name and requirement, in the words of a message
 * @param {() => boolean} program.works
 * @param {string} program.debian the package of Debian and Ubuntu
 * @param {string} program.homebrew the package of Homebrew
 */
export function ensureSystemPackage({ what, works, debian, homebrew }) {
  if (works()) return
  const hasApt = run('apt-get', ['--version']).ok
  if (!hasApt || process.getuid() !== 0)
    throw new Error(`${what} is missing. ${advice(hasApt, debian, homebrew)}`)

  say(`Installing ${debian} with apt-get (about half a minute) ...`)
  withoutServiceStarts(() => aptInstall(debian))
  if (!works())
    throw new Error(`${what} is missing, and the package ${debian} of this system does not bring it.`)
}

function advice(hasApt, debian, homebrew) {
  if (hasApt) return `Install it with: sudo apt-get install ${debian}`
  if (process.platform === 'darwin') return `Install it with: brew install ${homebrew}`
  return `Install the package of your system that brings it, ${debian} on Debian.`
}

function aptInstall(debian) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = (...args) => run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], { env })
  const install = () => aptGet('install', '--yes', '--no-install-recommends', debian)

  // The package lists of a fresh machine are empty, and those of an old one name files that are gone.
  if (install().ok) return
  aptGet('update')
  const { ok, stderr } = install()
  if (ok) return
  process.stderr.write(stderr)
  throw new Error(`${debian} could not be installed, for the reason that apt-get gives above.`)
}
