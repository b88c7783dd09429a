import { NO_TOKEN } from './auth-token.ts'
import { maxmemoryOf } from './node-types.ts'
import { redisParameters, reservedShare } from './parameters.ts'
import type { GroupRecord, NodeRecord } from './records.ts'
import { type NodeCertificates, SERVICE_USER, sha256 } from './secrets.ts'

/** ElastiCache keeps these from its users. */
const FORBIDDEN_COMMANDS = [
  'acl',
  'bgrewriteaof',
  'bgsave',
  'cluster',
  'config',
  'debug',
  'failover',
  'migrate',
  'module',
  'psync',
  'replicaof',
  'save',
  'shutdown',
  'slaveof',
  'sync',
]

export interface NodeSetup {
  group: GroupRecord
  node: NodeRecord
  password: string
  certificates: NodeCertificates
  /** Of the local binary: major and minor. */
  binaryVersion: [number, number]
  directory: string
  /** The data comes from a snapshot: the append-only file starts after it has been read. */
  restoring: boolean
}

/** The configuration of a node, for redis-server's standard input: it holds the password for replication. */
export function redisConfiguration(setup: NodeSetup): string {
  const { group, node, password, certificates, binaryVersion, directory, restoring } = setup
  const primary = group.nodes[0]
  const lines: [string, ...(string | number)[]][] = [
    ['dir', directory],
    ['logfile', `${directory}/redis.log`],
    ...Object.entries(liveSettings(group)),
    // The append-only file keeps the data over a restart; snapshots are taken on demand only.
    ['appendonly', restoring ? 'no' : 'yes'],
    ['save', ''],
    ['repl-diskless-sync', 'yes'],
    ['repl-diskless-sync-delay', 0],
    ['user', SERVICE_USER, ...serviceUserRules(password, binaryVersion)],
    ['user', 'default', ...defaultUserRules(group.authTokenHashes, binaryVersion)],
  ]
  if (primary && primary.id !== node.id) {
    lines.push(
      ['masteruser', SERVICE_USER],
      ['masterauth', password],
      ['replicaof', primary.address, group.port],
    )
  }
  if (group.transitEncryptionEnabled) {
    lines.push(
      ['tls-cert-file', certificates.nodeFile],
      ['tls-key-file', certificates.nodeFile],
      ['tls-ca-cert-file', certificates.authorityFile],
      ['tls-auth-clients', 'no'],
      ['tls-replication', 'yes'],
      ['tls-port', group.port],
    )
  } else {
    lines.push(['port', group.port])
  }
  return lines.map((words) => `${words.map(quoted).join(' ')}\n`).join('')
}

/** The settings that change while Redis runs: those of the parameter group, and those that follow from the node type. */
export function liveSettings({ settings, parameters = {} }: GroupRecord): Record<string, string> {
  return {
    maxmemory: String(maxmemoryOf(settings.cacheNodeType, reservedShare(parameters))),
    ...redisParameters(parameters),
  }
}

/** Applications: everything that ElastiCache allows, with one of the group's tokens (if it has any). */
export function defaultUserRules(tokenHashes: string[], binaryVersion: [number, number]): string[] {
  const required = tokenHashes.filter((hash) => hash !== NO_TOKEN)
  const access = required.length > 0 ? required.map((hash) => `#${hash}`) : ['nopass']
  const commands = FORBIDDEN_COMMANDS.filter(
    (command) => command !== 'failover' || atLeast(binaryVersion, 6, 2),
  )
  return [
    'reset',
    'on',
    ...access,
    ...everyKey(binaryVersion),
    '+@all',
    ...commands.map((name) => `-${name}`),
  ]
}

function serviceUserRules(password: string, binaryVersion: [number, number]): string[] {
  return ['reset', 'on', `#${sha256(password)}`, ...everyKey(binaryVersion), '+@all']
}

function everyKey(binaryVersion: [number, number]): string[] {
  // Access to channels came with Redis 6.2.
  return atLeast(binaryVersion, 6, 2) ? ['~*', '&*'] : ['~*']
}

function atLeast([major, minor]: [number, number], wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

function quoted(word: string | number): string {
  return /^[\w./:@#~&*+-]+$/.test(String(word)) ? String(word) : JSON.stringify(word)
}
