import { run } from './run.mjs'
import { ensureSystemPackage } from './system-package.mjs'

/** The proxy of the example in deploy/, which the tests run. Debian keeps it off the PATH of ordinary users. */
export function ensureNginx() {
  ensureSystemPackage({
    what: 'nginx, for the tests,',
    works: () => run('nginx', ['-v']).ok || run('/usr/sbin/nginx', ['-v']).ok,
    debian: 'nginx-light',
    homebrew: 'nginx',
  })
}
