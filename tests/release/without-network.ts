import { execFileSync } from 'node:child_process'

const probe = 'unshare -rn ip link set lo up 2>/dev/null && echo yes || echo no'

/** Without rights of root, or on a Mac, the network is only made to refuse: by a proxy that is not there. */
export const hasNamespaces = execFileSync('sh', ['-c', probe], { encoding: 'utf8' }).trim() === 'yes'

export const withoutNetwork = hasNamespaces
  ? 'in a namespace without a network'
  : 'behind a proxy that refuses'

/** A command line that runs a script of the shell where nobody is reached but on loopback. */
export function commandWithoutNetwork(script: string): [string, string[]] {
  const proxy = 'export HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1'
  return hasNamespaces
    ? ['unshare', ['-rn', 'sh', '-c', `ip link set lo up\n${script}`]]
    : ['sh', ['-c', `${proxy}\n${script}`]]
}
