import { run } from './run.mjs'
import { ensureSystemPackage } from './system-package.mjs'

export function ensureRedis() {
  ensureSystemPackage({
    what: 'redis-server 6 or newer with TLS',
    works: redisHasTls,
    debian: 'redis-server',
    homebrew: 'redis',
  })
}

/**
 * Redis refuses a setting that it does not know before it opens anything. When it names the second one, it knows the
 * first: it was built with TLS, which came with Redis 6.
 */
function redisHasTls() {
  return run('redis-server', ['--tls-port', '0', '--end-of-probe', '0']).stderr.includes('end-of-probe')
}
