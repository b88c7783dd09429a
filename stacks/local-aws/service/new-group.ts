import type { DatabaseSync } from 'node:sqlite'
import { hashAuthToken } from './auth-token.ts'
import { DEFAULT_ENGINE_VERSIONS, type Engine, engineVersionOf } from './engine-versions.ts'
import { Fault } from './faults.ts'
import { deliveredLogs } from './log-delivery.ts'
import { parameterGroupFor } from './parameter-groups.ts'
import type { GroupRecord } from './records.ts'
import { checkSubnetGroup, refuseNotOffered } from './settings.ts'
import { checkTags } from './tag-rules.ts'
import type { CreateReplicationGroupRequest } from './types.ts'
import { chooseWindows } from './windows.ts'

const DEFAULT_PORT = 6379

/** The record of a group that is asked for, before its nodes have addresses. What is asked for is checked. */
export function newGroup(database: DatabaseSync, request: CreateReplicationGroupRequest): GroupRecord {
  checkId(request.replicationGroupId)
  refuseOtherKinds(request)
  const subnetGroup = request.cacheSubnetGroupName ?? 'default'
  checkSubnetGroup(subnetGroup)
  const tags = request.tags ?? {}
  checkTags(tags)
  if (request.authToken !== undefined && !request.transitEncryptionEnabled) {
    throw new Fault('InvalidParameterCombination', 'An AuthToken requires encryption in transit.')
  }
  const { engine = 'redis' } = request
  const engineVersion = request.engineVersion ?? DEFAULT_ENGINE_VERSIONS[engine.toLowerCase() as Engine]
  engineVersionOf(engineVersion, engine)
  return {
    id: request.replicationGroupId.toLowerCase(),
    region: request.region,
    createdAt: Date.now(),
    status: 'creating',
    busyUntil: 0,
    unsettled: true,
    nodes: [],
    authTokenHashes: request.authToken === undefined ? [] : [hashAuthToken(request.authToken)],
    ...(request.authToken === undefined ? {} : { authTokenChangedAt: Date.now() }),
    settings: {
      replicationGroupDescription: request.replicationGroupDescription,
      cacheNodeType: request.cacheNodeType,
      engineVersion,
      cacheParameterGroupName: parameterGroupFor(database, engineVersion, request.cacheParameterGroupName),
      automaticFailoverEnabled: request.automaticFailoverEnabled ?? false,
      multiAZEnabled: request.multiAZEnabled ?? false,
      autoMinorVersionUpgrade: request.autoMinorVersionUpgrade ?? true,
      securityGroupIds: request.securityGroupIds ?? [],
      snapshotRetentionLimit: request.snapshotRetentionLimit ?? 0,
      ...chooseWindows(request),
      notificationTopicArn: request.notificationTopicArn ?? '',
      logDeliveryConfigurations: deliveredLogs([], request.logDeliveryConfigurations ?? []),
      ipDiscovery: request.ipDiscovery ?? 'ipv4',
    },
    pending: {},
    port: request.port ?? DEFAULT_PORT,
    cacheSubnetGroupName: subnetGroup,
    atRestEncryptionEnabled: request.atRestEncryptionEnabled ?? false,
    transitEncryptionEnabled: request.transitEncryptionEnabled ?? false,
    networkType: request.networkType ?? 'ipv4',
    ...(request.preferredCacheClusterAZs && { zones: request.preferredCacheClusterAZs }),
    ...(request.kmsKeyId && { kmsKeyId: request.kmsKeyId }),
    ...(request.snapshotName && { snapshotName: request.snapshotName }),
    tags,
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

/** The parts of ElastiCache beyond one primary with replicas. */
function refuseOtherKinds(request: CreateReplicationGroupRequest): void {
  const configurations = request.nodeGroupConfiguration ?? []
  refuseNotOffered([
    [
      !['redis', 'valkey'].includes((request.engine ?? 'redis').toLowerCase()),
      'engines other than redis and valkey',
    ],
    [(request.numNodeGroups ?? 1) !== 1, 'more than one node group'],
    [(request.clusterMode ?? 'disabled') !== 'disabled', 'cluster mode'],
    [request.dataTieringEnabled ?? false, 'data tiering'],
    [request.globalReplicationGroupId !== undefined, 'global replication groups'],
    [(request.networkType ?? 'ipv4') !== 'ipv4', 'networks other than ipv4'],
    [(request.transitEncryptionMode ?? 'required') !== 'required', 'optional encryption in transit'],
    [(request.cacheSecurityGroupNames ?? []).length > 0, 'EC2-Classic security groups'],
    [(request.userGroupIds ?? []).length > 0, 'user groups'],
    [(request.snapshotArns ?? []).length > 0, 'snapshots in S3'],
    [
      configurations.some((one) => one.primaryAvailabilityZone || one.replicaAvailabilityZones),
      'a choice of availability zones by node group',
    ],
    [configurations.some((one) => one.primaryOutpostArn || one.replicaOutpostArns), 'outposts'],
    [configurations.some(({ slots }) => slots), 'a choice of slots'],
  ])
}
