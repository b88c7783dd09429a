import { shownEngineVersion } from './engine-version.ts'

/** A replication group as AWS tells of it, in DescribeReplicationGroups and DescribeCacheClusters. */
export interface DescribedGroup {
  replicationGroupId: string
  arn: string
  region: string
  description: string
  engine: string
  /** Full: `6.2.6`. */
  engineVersion: string
  cacheNodeType: string
  cacheParameterGroupName: string
  cacheSubnetGroupName: string
  securityGroupIds: string[]
  /** Ids of the nodes that are there, in their order: `<group>-001` and so on. The roles: see `nodeGroups`. */
  memberClusters: string[]
  nodeGroups: {
    nodeGroupId: string
    nodeGroupMembers: { preferredAvailabilityZone: string }[]
  }[]
  clusterEnabled: boolean
  clusterMode: string
  configurationEndpoint?: { address: string }
  primaryEndpoint?: { address: string }
  readerEndpoint?: { address: string }
  port: number
  authTokenEnabled: boolean
  automaticFailoverEnabled: boolean
  multiAZEnabled: boolean
  atRestEncryptionEnabled: boolean
  transitEncryptionEnabled: boolean
  transitEncryptionMode?: string
  autoMinorVersionUpgrade: boolean
  dataTieringEnabled: boolean
  kmsKeyId?: string
  notificationTopicArn?: string
  snapshotRetentionLimit: number
  snapshotWindow: string
  preferredMaintenanceWindow: string
  ipDiscovery: string
  networkType: string
  logDeliveryConfigurations: {
    destination: string
    destinationType: string
    logFormat: string
    logType: string
  }[]
  userGroupIds?: string[]
  globalReplicationGroupId?: string
}

type Value = unknown
type Attributes = Record<string, Value>

/**
 * The attributes of a group after a refresh: those of `aws_elasticache_replication_group`, but for its tags. What AWS
 * does not tell, the token above all, stays as it was. The one place that knows which of AWS's answers is which
 * attribute: for the provider of one machine, and for the bulk look at all instances.
 * @param state the attributes before
 */
export function groupAttributes(group: DescribedGroup, state: Attributes): Attributes {
  const nodes = group.memberClusters.length
  return {
    id: group.replicationGroupId,
    replication_group_id: group.replicationGroupId,
    arn: group.arn,
    region: group.region,
    description: group.description,
    automatic_failover_enabled: group.automaticFailoverEnabled,
    multi_az_enabled: group.multiAZEnabled,
    kms_key_id: group.kmsKeyId ?? null,
    num_cache_clusters: nodes,
    member_clusters: group.memberClusters.toSorted(),
    num_node_groups: group.nodeGroups.length || 1,
    replicas_per_node_group: Math.max(0, nodes / (group.nodeGroups.length || 1) - 1),
    node_group_configuration: group.nodeGroups.map(nodeGroupConfiguration),
    cluster_enabled: group.clusterEnabled,
    cluster_mode: group.clusterMode,
    configuration_endpoint_address: group.configurationEndpoint?.address ?? null,
    data_tiering_enabled: group.dataTieringEnabled,
    ip_discovery: group.ipDiscovery,
    network_type: group.networkType,
    log_delivery_configuration: group.logDeliveryConfigurations.map((configuration) => ({
      destination: configuration.destination,
      destination_type: configuration.destinationType,
      log_format: configuration.logFormat,
      log_type: configuration.logType,
    })),
    snapshot_window: group.snapshotWindow,
    snapshot_retention_limit: group.snapshotRetentionLimit,
    port: group.port,
    primary_endpoint_address: group.primaryEndpoint?.address ?? null,
    reader_endpoint_address: group.readerEndpoint?.address ?? null,
    engine: group.engine,
    engine_version: shownEngineVersion(group.engineVersion, (state.engine_version ?? null) as string | null),
    engine_version_actual: group.engineVersion,
    auto_minor_version_upgrade: String(group.autoMinorVersionUpgrade),
    maintenance_window: group.preferredMaintenanceWindow,
    node_type: group.cacheNodeType,
    notification_topic_arn: group.notificationTopicArn ?? null,
    parameter_group_name: group.cacheParameterGroupName,
    subnet_group_name: group.cacheSubnetGroupName,
    security_group_ids: group.securityGroupIds.toSorted(),
    security_group_names: [],
    at_rest_encryption_enabled: String(group.atRestEncryptionEnabled),
    transit_encryption_enabled: group.transitEncryptionEnabled,
    transit_encryption_mode: group.transitEncryptionMode ?? null,
    auth_token: group.authTokenEnabled ? (state.auth_token ?? null) : null,
    apply_immediately: state.apply_immediately ?? null,
    user_group_ids: group.userGroupIds ?? state.user_group_ids ?? null,
    global_replication_group_id: group.globalReplicationGroupId ?? state.global_replication_group_id ?? null,
  }
}

/** Since 6.20 every read fills it in, by the members' order and not by their roles; what is not told is empty. */
function nodeGroupConfiguration({
  nodeGroupId,
  nodeGroupMembers,
}: DescribedGroup['nodeGroups'][number]): Attributes {
  const [primaryZone = '', ...replicaZones] = nodeGroupMembers.map(
    (member) => member.preferredAvailabilityZone,
  )
  return {
    node_group_id: nodeGroupId,
    primary_availability_zone: primaryZone,
    primary_outpost_arn: '',
    replica_availability_zones: replicaZones,
    replica_outpost_arns: [],
    replica_count: replicaZones.length,
    slots: '',
  }
}
