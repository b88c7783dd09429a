import { rmSync, writeFileSync } from 'node:fs'

const answerNo =
  '#!/bin/sh\n# No service starts while the setup of elasticache-redis-broker installs packages.\nexit 101\n'

/**
 * Runs `action` while Debian starts no service of the packages that it installs: the project starts servers of its
 * own, and one on a well-known port would only be in somebody's way. A policy that the machine already has stays
 * in force and as it is.
 *
 * @param {() => void} action synchronous, so that an interrupt waits until the policy is gone
 * @param {string} [policy] where Debian asks whether a service may start
 */
export function withoutServiceStarts(action, policy = '/usr/sbin/policy-rc.d') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  const ours = writeNew(policy)
  try {
    action()
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
}

function writeNew(policy) {
  try {
    writeFileSync(policy, answerNo, { mode: 0o755, flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}
