import { freeAddresses } from '../addresses.ts'
import { hashAuthToken } from '../auth-token.ts'
import { readBehaviour } from '../behaviour.ts'
import { transaction } from '../database.ts'
import { DEFAULT_ENGINE_VERSION, parameterGroupFor } from '../engine-versions.ts'
import { Fault } from '../faults.ts'
import { withLock } from '../lock.ts'
import { reconcile } from '../reconcile.ts'
import { findGroup, type GroupRecord, listGroups, saveGroup, takenAddresses } from '../records.ts'
import type { Service } from '../service.ts'
import { checkSettings, checkSubnetGroup, MOST_NODES } from '../settings.ts'
import type { CreateReplicationGroupRequest } from '../types.ts'
import { chooseWindows } from '../windows.ts'
import { requireSnapshot } from './snapshots.ts'

/** AWS's default quota for a region. */
const NODE_QUOTA = 300
const DEFAULT_PORT = 6379

/**
 * Refusals come as faults. What fails later, such as a port that is taken, leaves the group `create-failed`,
 * as on AWS: it has to be deleted.
 */
export async function createReplicationGroup(
  { directory, database }: Service,
  request: CreateReplicationGroupRequest,
): Promise<void> {
  const group = newGroup(request)
  if (group.snapshotName) requireSnapshot({ directory, database }, group.snapshotName)
  const count = request.numCacheClusters ?? 1 + (request.replicasPerNodeGroup ?? 0)
  checkNodeCount(count)
  checkSettings(group.settings, count)

  await withLock(directory, group.id, async () => {
    await reconcile(database, directory, group.id)
    refuseExisting(findGroup(database, group.id))
    let problem: unknown
    const addresses = await freeAddresses(count, group.port, takenAddresses(database)).catch(
      (error: unknown) => {
        problem = error
        return []
      },
    )

    transaction(database, () => {
      const others = listGroups(database)
      const nodes = others.reduce((sum, other) => sum + other.nodes.length, 0)
      if (nodes + count > NODE_QUOTA) {
        throw new Fault(
          'NodeQuotaForCustomerExceeded',
          `The request cannot be processed because it would exceed the quota of ${NODE_QUOTA} nodes.`,
        )
      }
      group.busyUntil = Date.now() + readBehaviour(database).creationMilliseconds
      group.nodes = addresses.map((address, i) => ({ id: nodeId(group.id, i + 1), address, wanted: 'start' }))
      if (problem) {
        group.status = 'create-failed'
        group.statusReason = problem instanceof Error ? problem.message : String(problem)
      }
      saveGroup(database, group)
    })
    await reconcile(database, directory, group.id)
  })
}

export function nodeId(groupId: string, number: number): string {
  return `${groupId}-${String(number).padStart(3, '0')}`
}

export function checkNodeCount(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
    throw new Fault(
      'InvalidParameterValue',
      `A replication group has 1 to ${MOST_NODES} nodes (a primary and up to 5 replicas), not ${count}.`,
    )
  }
}

function refuseExisting(existing: GroupRecord | undefined): void {
  if (!existing) return
  throw new Fault('ReplicationGroupAlreadyExistsFault', `Replication group ${existing.id} already exists.`)
}

function newGroup(request: CreateReplicationGroupRequest): GroupRecord {
  checkId(request.replicationGroupId)
  refuseOtherKinds(request)
  const subnetGroup = request.cacheSubnetGroupName ?? 'default'
  checkSubnetGroup(subnetGroup)
  if (request.authToken !== undefined && !request.transitEncryptionEnabled) {
    throw new Fault('InvalidParameterCombination', 'An AuthToken requires encryption in transit.')
  }
  const engineVersion = request.engineVersion ?? DEFAULT_ENGINE_VERSION
  return {
    id: request.replicationGroupId.toLowerCase(),
    region: request.region,
    createdAt: Date.now(),
    status: 'creating',
    busyUntil: 0,
    unsettled: true,
    nodes: [],
    authTokenHashes: request.authToken === undefined ? [] : [hashAuthToken(request.authToken)],
    settings: {
      replicationGroupDescription: request.replicationGroupDescription,
      cacheNodeType: request.cacheNodeType,
      engineVersion,
      cacheParameterGroupName: parameterGroupFor(engineVersion, request.cacheParameterGroupName),
      automaticFailoverEnabled: request.automaticFailoverEnabled ?? false,
      multiAZEnabled: request.multiAZEnabled ?? false,
      autoMinorVersionUpgrade: request.autoMinorVersionUpgrade ?? true,
      securityGroupIds: request.securityGroupIds ?? [],
      snapshotRetentionLimit: request.snapshotRetentionLimit ?? 0,
      ...chooseWindows(request),
      notificationTopicArn: request.notificationTopicArn ?? '',
      logDeliveryConfigurations: request.logDeliveryConfigurations ?? [],
      ipDiscovery: request.ipDiscovery ?? 'ipv4',
    },
    pending: {},
    port: request.port ?? DEFAULT_PORT,
    cacheSubnetGroupName: subnetGroup,
    atRestEncryptionEnabled: request.atRestEncryptionEnabled ?? false,
    transitEncryptionEnabled: request.transitEncryptionEnabled ?? false,
    networkType: request.networkType ?? 'ipv4',
    ...(request.kmsKeyId && { kmsKeyId: request.kmsKeyId }),
    ...(request.snapshotName && { snapshotName: request.snapshotName }),
    tags: request.tags ?? {},
  }
}

/** The same rules as the provider's, which checks them earlier. */
function checkId(id: string): void {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(id) || id.includes('--') || id.endsWith('-')) {
    throw new Fault(
      'InvalidParameterValue',
      'The parameter ReplicationGroupIdentifier is not a valid identifier: 1 to 40 letters, digits and ' +
        'hyphens, a letter first, no two hyphens in a row, no hyphen at the end.',
    )
  }
}

/** What ElastiCache offers beyond one primary with replicas is refused, not ignored. */
function refuseOtherKinds(request: CreateReplicationGroupRequest): void {
  const elsewhere: [boolean, string][] = [
    [(request.engine ?? 'redis') !== 'redis', 'engines other than redis'],
    [(request.numNodeGroups ?? 1) !== 1, 'more than one node group'],
    [(request.clusterMode ?? 'disabled') !== 'disabled', 'cluster mode'],
    [request.dataTieringEnabled ?? false, 'data tiering'],
    [request.globalReplicationGroupId !== undefined, 'global replication groups'],
    [(request.networkType ?? 'ipv4') !== 'ipv4', 'networks other than ipv4'],
    [(request.transitEncryptionMode ?? 'required') !== 'required', 'optional encryption in transit'],
    [(request.cacheSecurityGroupNames ?? []).length > 0, 'EC2-Classic security groups'],
    [(request.userGroupIds ?? []).length > 0, 'user groups'],
    [(request.snapshotArns ?? []).length > 0, 'snapshots in S3'],
  ]
  const [, what] = elsewhere.find(([asked]) => asked) ?? []
  if (what) throw new Fault('InvalidParameterCombination', `This machine does not offer ${what}.`)
}
