import type { ObjectValue } from '../../plugin/values.ts'
import type { NodeGroup, ReplicationGroup } from '../../service/types.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { ownTags, type Tags } from '../tags.ts'
import { shownEngineVersion } from './engine-version.ts'
import { find, whenAvailable } from './wait.ts'

/** The real provider's time for it. */
const TAGS_TIMEOUT_MILLISECONDS = 15 * 60_000

/** Null when the group is gone or going. What AWS does not tell, the token above all, stays as it was. */
export async function read(context: Context, state: ObjectValue): Promise<ObjectValue | null> {
  const { elastiCache, defaultTags } = context
  const id = String(state.id)
  const action = `reading ElastiCache Replication Group (${id})`
  const group = await calling(action, 'DescribeReplicationGroups', () => find(elastiCache, id))
  if (!group || group.status === 'deleting') return null
  const tags = await readTags(context, id, group.arn)
  return {
    ...state,
    ...described(group, state),
    tags: ownTags(tags, defaultTags, state.tags),
    tags_all: tags,
  }
}

/** AWS tells tags only of an available group, so reading one that is busy takes until it is at rest. */
function readTags(context: Context, id: string, resourceName: string): Promise<Tags> {
  const action = `listing tags for ElastiCache Replication Group (${resourceName})`
  return whenAvailable(context, action, id, TAGS_TIMEOUT_MILLISECONDS, () =>
    calling(action, 'ListTagsForResource', () => context.elastiCache.listTagsForResource({ resourceName })),
  )
}

function described(group: ReplicationGroup, state: ObjectValue): ObjectValue {
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
    num_node_groups: 1,
    replicas_per_node_group: Math.max(0, nodes - 1),
    node_group_configuration: group.nodeGroups.map(nodeGroupConfiguration),
    cluster_enabled: false,
    cluster_mode: 'disabled',
    configuration_endpoint_address: null,
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
    engine_version: shownEngineVersion(group.engineVersion, state.engine_version as string | null),
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
    user_group_ids: state.user_group_ids ?? null,
  }
}

/** Since 6.20 every read fills it in, by the members' order and not by their roles; what is not told is empty. */
function nodeGroupConfiguration({ nodeGroupId, nodeGroupMembers }: NodeGroup): ObjectValue {
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
