import type { Attribute, Schema } from '../../plugin/schema.ts'

const required = { required: true } as const
const optional = { optional: true } as const
const computed = { computed: true } as const
const optionalComputed = { optional: true, computed: true } as const

const string = (kind: Omit<Attribute, 'type'>): Attribute => ({ type: 'string', ...kind })
const number = (kind: Omit<Attribute, 'type'>): Attribute => ({ type: 'number', ...kind })
const bool = (kind: Omit<Attribute, 'type'>): Attribute => ({ type: 'bool', ...kind })
const strings = (collection: 'set' | 'list' | 'map', kind: Omit<Attribute, 'type'>): Attribute => ({
  type: [collection, 'string'],
  ...kind,
})

/** Schema version 3 of `aws_elasticache_replication_group`, complete, as in the AWS provider 6.25.0. */
export const schema: Schema = {
  version: 3,
  block: {
    attributes: {
      apply_immediately: bool(optionalComputed),
      arn: string(computed),
      // Nullable booleans: the provider keeps them as strings, to tell false from unset.
      at_rest_encryption_enabled: string(optionalComputed),
      auth_token: string({ ...optional, sensitive: true }),
      auth_token_update_strategy: string(optional),
      auto_minor_version_upgrade: string(optionalComputed),
      automatic_failover_enabled: bool(optional),
      cluster_enabled: bool(computed),
      cluster_mode: string(optionalComputed),
      configuration_endpoint_address: string(computed),
      data_tiering_enabled: bool(optionalComputed),
      description: string(required),
      engine: string(optionalComputed),
      engine_version: string(optionalComputed),
      engine_version_actual: string(computed),
      final_snapshot_identifier: string(optional),
      global_replication_group_id: string(optionalComputed),
      id: string(optionalComputed),
      ip_discovery: string(optionalComputed),
      kms_key_id: string(optional),
      maintenance_window: string(optionalComputed),
      member_clusters: strings('set', computed),
      multi_az_enabled: bool(optional),
      network_type: string(optionalComputed),
      node_type: string(optionalComputed),
      notification_topic_arn: string(optional),
      num_cache_clusters: number(optionalComputed),
      num_node_groups: number(optionalComputed),
      parameter_group_name: string(optionalComputed),
      port: number(optional),
      preferred_cache_cluster_azs: strings('list', optional),
      primary_endpoint_address: string(computed),
      reader_endpoint_address: string(computed),
      region: string(optionalComputed),
      replicas_per_node_group: number(optionalComputed),
      replication_group_id: string(required),
      security_group_ids: strings('set', optionalComputed),
      security_group_names: strings('set', optionalComputed),
      snapshot_arns: strings('set', optional),
      snapshot_name: string(optional),
      snapshot_retention_limit: number(optional),
      snapshot_window: string(optionalComputed),
      subnet_group_name: string(optionalComputed),
      tags: strings('map', optional),
      tags_all: strings('map', optionalComputed),
      transit_encryption_enabled: bool(optionalComputed),
      transit_encryption_mode: string(optionalComputed),
      user_group_ids: strings('set', optional),
    },
    blocks: {
      log_delivery_configuration: {
        nesting: 'SET',
        maxItems: 2,
        block: {
          attributes: {
            destination: string(required),
            destination_type: string(required),
            log_format: string(required),
            log_type: string(required),
          },
        },
      },
      node_group_configuration: {
        nesting: 'SET',
        block: {
          attributes: {
            node_group_id: string(optional),
            primary_availability_zone: string(optionalComputed),
            primary_outpost_arn: string(optionalComputed),
            replica_availability_zones: strings('list', optionalComputed),
            replica_outpost_arns: strings('list', optionalComputed),
            replica_count: number(optional),
            slots: string(optional),
          },
        },
      },
      timeouts: {
        nesting: 'SINGLE',
        block: {
          attributes: { create: string(optional), delete: string(optional), update: string(optional) },
        },
      },
    },
  },
}

/** A change of one of these needs a new group. Others do so under conditions: see plan.ts. */
export const FORCE_NEW = [
  'at_rest_encryption_enabled',
  'data_tiering_enabled',
  'global_replication_group_id',
  'kms_key_id',
  'network_type',
  'port',
  'region',
  'replication_group_id',
  'security_group_names',
  'snapshot_arns',
  'snapshot_name',
  'subnet_group_name',
]
