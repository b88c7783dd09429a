import type { ObjectValue } from '../../plugin/values.ts'
import type { RequestedSettings } from '../../service/types.ts'
import { same } from './plan.ts'
import { flag, given, integer, logDelivery, text, texts } from './request.ts'

/** The changes for ModifyReplicationGroup: the settings that differ, and no others. */
export function changedSettings(prior: ObjectValue, planned: ObjectValue): Partial<RequestedSettings> {
  const settings: [string, () => Partial<Record<string, unknown>>][] = [
    [
      'auto_minor_version_upgrade',
      () => ({ autoMinorVersionUpgrade: flag(planned.auto_minor_version_upgrade) }),
    ],
    [
      'automatic_failover_enabled',
      () => ({ automaticFailoverEnabled: flag(planned.automatic_failover_enabled) }),
    ],
    ['cluster_mode', () => ({ clusterMode: text(planned.cluster_mode) })],
    ['description', () => ({ replicationGroupDescription: text(planned.description) })],
    ['engine', () => ({ engine: text(planned.engine) })],
    ['engine_version', () => ({ engineVersion: text(planned.engine_version) })],
    ['ip_discovery', () => ({ ipDiscovery: text(planned.ip_discovery) })],
    [
      'log_delivery_configuration',
      () => ({
        logDeliveryConfigurations: logDelivery(
          prior.log_delivery_configuration,
          planned.log_delivery_configuration,
        ),
      }),
    ],
    ['maintenance_window', () => ({ preferredMaintenanceWindow: text(planned.maintenance_window) })],
    ['multi_az_enabled', () => ({ multiAZEnabled: flag(planned.multi_az_enabled) })],
    ['node_type', () => ({ cacheNodeType: text(planned.node_type) })],
    ['notification_topic_arn', () => ({ notificationTopicArn: text(planned.notification_topic_arn) ?? '' })],
    ['parameter_group_name', () => ({ cacheParameterGroupName: text(planned.parameter_group_name) })],
    ['security_group_ids', () => ({ securityGroupIds: texts(planned.security_group_ids) })],
    [
      'snapshot_retention_limit',
      () => ({ snapshotRetentionLimit: integer(planned.snapshot_retention_limit) ?? 0 }),
    ],
    ['snapshot_window', () => ({ snapshotWindow: text(planned.snapshot_window) })],
    [
      'transit_encryption_enabled',
      () => ({ transitEncryptionEnabled: flag(planned.transit_encryption_enabled) }),
    ],
    ['transit_encryption_mode', () => ({ transitEncryptionMode: text(planned.transit_encryption_mode) })],
    ['user_group_ids', () => ({ userGroupIdsToAdd: texts(planned.user_group_ids) })],
  ]
  const changes = settings.filter(([name]) => changed(name, prior, planned)).map(([, value]) => value())
  return given(Object.assign({}, ...changes))
}

export function changed(name: string, prior: ObjectValue, planned: ObjectValue): boolean {
  return !same(name, prior[name], planned[name])
}
