import { ACCOUNT } from '../account.ts'
import { engineVersionOf } from '../engine-versions.ts'
import { ifUnlocked } from '../lock.ts'
import { endpointsOf, inOrder, nodeGroupOf } from '../node-group.ts'
import { isRunning } from '../nodes.ts'
import { hasItsParameters, reconcile } from '../reconcile.ts'
import { type GroupRecord, getGroup, listGroups, statusOf } from '../records.ts'
import type { Service } from '../service.ts'
import type { ReplicationGroup } from '../types.ts'

/** One group, those that there are of some, or all. Finishes what a dead caller left, unless somebody is at it. */
export async function describeReplicationGroups(
  service: Service,
  { replicationGroupId, among }: { replicationGroupId?: string; among?: string[] },
): Promise<ReplicationGroup[]> {
  const { database, directory } = service
  const find = () => {
    if (replicationGroupId !== undefined) return [getGroup(database, replicationGroupId.toLowerCase())]
    const groups = listGroups(database)
    return among ? groups.filter(({ id }) => among.includes(id)) : groups
  }
  for (const group of find()) {
    const { id, unsettled, status } = group
    if (!unsettled && status !== 'deleting' && hasItsParameters(database, group)) continue
    // What cannot be finished now is shown as it is; the next call tries again.
    await ifUnlocked(directory, id, () => reconcile(database, directory, id)).catch(() => {})
  }
  return Promise.all(find().map((group) => describe(service, group)))
}

export function arnOf({ id, region }: GroupRecord): string {
  return `arn:aws:elasticache:${region}:${ACCOUNT}:replicationgroup:${id}`
}

async function describe({ directory }: Service, group: GroupRecord): Promise<ReplicationGroup> {
  const { settings, port } = group
  const status = statusOf(group)
  const reason =
    status === 'create-failed' ? (group.creationFailure ?? group.statusReason) : group.statusReason
  const { engine, actual: engineVersion } = engineVersionOf(settings.engineVersion)
  const running = await Promise.all(group.nodes.map((node) => isRunning(directory, group, node)))
  // A node that has died is no member; one that is still to come is.
  const members = group.nodes.filter(({ wanted }, i) => running[i] || wanted === 'start')
  return {
    replicationGroupId: group.id,
    arn: arnOf(group),
    region: group.region,
    status,
    ...(reason && { statusReason: reason }),
    createdAt: new Date(group.createdAt),
    description: settings.replicationGroupDescription,
    engine,
    engineVersion,
    cacheNodeType: settings.cacheNodeType,
    cacheParameterGroupName: settings.cacheParameterGroupName,
    cacheSubnetGroupName: group.cacheSubnetGroupName,
    securityGroupIds: settings.securityGroupIds,
    memberClusters: inOrder(members).map(({ id }) => id),
    nodeGroups: group.nodes.length > 0 ? [nodeGroupOf(group, members, status)] : [],
    ...endpointsOf(group, status),
    port,
    authTokenEnabled: group.authTokenHashes.length > 0,
    ...(group.authTokenChangedAt && { authTokenLastModifiedDate: new Date(group.authTokenChangedAt) }),
    automaticFailoverEnabled: settings.automaticFailoverEnabled,
    multiAZEnabled: settings.multiAZEnabled,
    atRestEncryptionEnabled: group.atRestEncryptionEnabled,
    transitEncryptionEnabled: group.transitEncryptionEnabled,
    ...(group.transitEncryptionEnabled && { transitEncryptionMode: 'required' }),
    autoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    dataTieringEnabled: false,
    ...(group.kmsKeyId && { kmsKeyId: group.kmsKeyId }),
    ...(settings.notificationTopicArn && { notificationTopicArn: settings.notificationTopicArn }),
    snapshotRetentionLimit: settings.snapshotRetentionLimit,
    snapshotWindow: settings.snapshotWindow,
    preferredMaintenanceWindow: settings.preferredMaintenanceWindow,
    ipDiscovery: settings.ipDiscovery,
    networkType: group.networkType,
    logDeliveryConfigurations: settings.logDeliveryConfigurations,
    pendingModifiedValues: {
      ...group.pending,
      ...(status === 'modifying' && group.authTokenStatus && { authTokenStatus: group.authTokenStatus }),
    },
  }
}
