import type { DatabaseSync } from 'node:sqlite'
import { compareVersions, engineVersionOf } from './engine-versions.ts'
import { Fault } from './faults.ts'
import { maxmemoryOf } from './node-types.ts'
import { parameterGroupFor } from './parameter-groups.ts'
import type { ModifiableSettings } from './types.ts'
import { checkWindows } from './windows.ts'

/** One primary and five replicas. */
const MOST_NODES = 6
const MOST_RETENTION_DAYS = 35

/** The groups of a network that exist without having been made here: enough for a group that needs both. */
const SECURITY_GROUPS = ['sg-00000000000000000']
export const SUBNET_GROUPS = ['default']

/** The rules of ElastiCache for settings that hold together, whether at creation or after a change. */
export function checkSettings(database: DatabaseSync, settings: ModifiableSettings, nodes: number): void {
  refuseNotOffered([[settings.ipDiscovery !== 'ipv4', 'discovery over networks other than ipv4']])
  maxmemoryOf(settings.cacheNodeType, 0)
  parameterGroupFor(database, settings.engineVersion, settings.cacheParameterGroupName)
  checkWindows(settings)
  if (settings.replicationGroupDescription.trim() === '') {
    throw new Fault('InvalidParameterValue', 'ReplicationGroupDescription must not be empty.')
  }
  const { snapshotRetentionLimit } = settings
  if (
    !Number.isInteger(snapshotRetentionLimit) ||
    snapshotRetentionLimit < 0 ||
    snapshotRetentionLimit > MOST_RETENTION_DAYS
  ) {
    throw new Fault(
      'InvalidParameterValue',
      `Invalid snapshot retention limit ${snapshotRetentionLimit}: it must be between 0 and ${MOST_RETENTION_DAYS}.`,
    )
  }
  const unknown = settings.securityGroupIds.find((id) => !SECURITY_GROUPS.includes(id))
  if (unknown) throw new Fault('InvalidParameterValue', `Some security groups are invalid: ${unknown}.`)
  checkFailover(settings, nodes)
}

export function checkNodeCount(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
    throw new Fault(
      'InvalidParameterValue',
      `A replication group has 1 to ${MOST_NODES} nodes (a primary and up to 5 replicas), not ${count}.`,
    )
  }
}

/**
 * A setting that would make another kind of group, or have it reached in another way, is refused when this machine
 * does not offer it. A setting for the work that AWS does around a group by itself is accepted, recorded and given
 * back, and nothing comes of it here: encryption at rest and its KMS key, log delivery, the notification topic,
 * automatic snapshots, the maintenance window. A failover and an upgrade happen when `LocalAws` is asked for them.
 */
export function refuseNotOffered(features: [asked: boolean, what: string][]): void {
  const [, what] = features.find(([asked]) => asked) ?? []
  if (what) throw new Fault('InvalidParameterCombination', `This machine does not offer ${what}.`)
}

export function checkFailover(settings: ModifiableSettings, nodes: number): void {
  if (settings.multiAZEnabled && !settings.automaticFailoverEnabled) {
    throw new Fault('InvalidParameterCombination', 'Multi-AZ requires automatic failover to be enabled.')
  }
  if (settings.automaticFailoverEnabled && nodes < 2) {
    throw new Fault(
      'InvalidParameterCombination',
      'Automatic failover requires at least one replica in the replication group.',
    )
  }
}

export function checkSubnetGroup(name: string): void {
  if (!SUBNET_GROUPS.includes(name)) {
    throw new Fault('CacheSubnetGroupNotFoundFault', `Cache Subnet Group ${name} does not exist.`)
  }
}

/** A newer version takes its own default parameter group along; an older one is impossible. */
export function upgraded(
  database: DatabaseSync,
  settings: ModifiableSettings,
  changes: Partial<ModifiableSettings>,
): ModifiableSettings {
  const next = { ...settings, ...changes }
  const [from, to] = [engineVersionOf(settings.engineVersion), engineVersionOf(next.engineVersion)]
  if (compareVersions(to.actual, from.actual) < 0) {
    throw new Fault(
      'InvalidParameterCombination',
      `Cannot downgrade the engine from version ${from.actual} to ${to.actual}.`,
    )
  }
  if (from.family !== to.family && changes.cacheParameterGroupName === undefined) {
    next.cacheParameterGroupName = parameterGroupFor(database, next.engineVersion, undefined)
  }
  return next
}
