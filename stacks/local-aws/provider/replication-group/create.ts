import type { Applied } from '../../plugin/provider.ts'
import { type ObjectValue, UNKNOWN } from '../../plugin/values.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import type { Tags } from '../tags.ts'
import { read } from './read.ts'
import { flag, given, integer, logDelivery, nodeGroups, text, texts } from './request.ts'
import { timeout } from './timeouts.ts'
import { waitUntilAvailable } from './wait.ts'

/**
 * Creates the group and waits for it. When the wait fails the group is there all the same, and Terraform
 * keeps it in the state as tainted.
 */
export async function create(context: Context, planned: ObjectValue): Promise<Applied> {
  const id = String(planned.replication_group_id)
  const nodeGroup = nodeGroups(planned.node_group_configuration)
  const nodeType = text(planned.node_type)
  if (!nodeType) throw new Error('"node_type" is required unless "global_replication_group_id" is set.')

  await calling(`creating ElastiCache Replication Group (${id})`, 'CreateReplicationGroup', () =>
    context.elastiCache.createReplicationGroup(
      given({
        replicationGroupId: id,
        region: String(planned.region),
        replicationGroupDescription: String(planned.description),
        cacheNodeType: nodeType,
        tags: planned.tags_all as Tags,
        atRestEncryptionEnabled: flag(planned.at_rest_encryption_enabled),
        authToken: text(planned.auth_token),
        autoMinorVersionUpgrade: flag(planned.auto_minor_version_upgrade),
        automaticFailoverEnabled: flag(planned.automatic_failover_enabled),
        cacheParameterGroupName: text(planned.parameter_group_name),
        cacheSecurityGroupNames: texts(planned.security_group_names),
        cacheSubnetGroupName: text(planned.subnet_group_name),
        clusterMode: text(planned.cluster_mode),
        dataTieringEnabled: flag(planned.data_tiering_enabled),
        engine: text(planned.engine),
        engineVersion: text(planned.engine_version),
        globalReplicationGroupId: text(planned.global_replication_group_id),
        ipDiscovery: text(planned.ip_discovery),
        kmsKeyId: text(planned.kms_key_id),
        logDeliveryConfigurations: logDelivery(undefined, planned.log_delivery_configuration),
        multiAZEnabled: flag(planned.multi_az_enabled),
        networkType: text(planned.network_type),
        notificationTopicArn: text(planned.notification_topic_arn),
        numCacheClusters: integer(planned.num_cache_clusters),
        numNodeGroups: integer(planned.num_node_groups) ?? nodeGroup.count,
        nodeGroupConfiguration: nodeGroup.configurations,
        port: integer(planned.port),
        preferredCacheClusterAZs: texts(planned.preferred_cache_cluster_azs),
        preferredMaintenanceWindow: text(planned.maintenance_window),
        replicasPerNodeGroup: integer(planned.replicas_per_node_group) ?? nodeGroup.replicas,
        securityGroupIds: texts(planned.security_group_ids),
        snapshotArns: texts(planned.snapshot_arns),
        snapshotName: text(planned.snapshot_name),
        snapshotRetentionLimit: integer(planned.snapshot_retention_limit),
        snapshotWindow: text(planned.snapshot_window),
        transitEncryptionEnabled: flag(planned.transit_encryption_enabled) ?? false,
        transitEncryptionMode: text(planned.transit_encryption_mode),
        userGroupIds: texts(planned.user_group_ids),
      }),
    ),
  )

  const created = { ...knownValues(planned), id }
  try {
    await waitUntilAvailable(context, id, 'create', timeout(planned, 'create'))
    return { state: await read(context, created) }
  } catch (error) {
    return { state: created, error }
  }
}

export function knownValues(planned: ObjectValue): ObjectValue {
  return Object.fromEntries(
    Object.entries(planned).map(([name, value]) => [name, value === UNKNOWN ? null : value]),
  )
}
