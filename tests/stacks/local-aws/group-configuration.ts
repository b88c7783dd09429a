export interface GroupOptions {
  lifecycle?: object
  provider?: object
}

const TOKEN = ['auth_token', 'auth_token_update_strategy']

/** The configuration of one group, with a token that Terraform makes and that later plans leave alone. */
export function groupConfiguration(
  id: string,
  attributes: Record<string, unknown> = {},
  { lifecycle = { ignore_changes: TOKEN }, provider = { region: 'eu-west-1' } }: GroupOptions = {},
): object {
  const output = (attribute: string) => ({
    value: `\${aws_elasticache_replication_group.redis.${attribute}}`,
  })
  return {
    terraform: { required_providers: { aws: { source: 'aws', version: '6.25.0' } } },
    provider: { aws: [provider] },
    resource: {
      aws_elasticache_replication_group: {
        redis: {
          replication_group_id: id,
          description: 'a group of the tests',
          engine: 'redis',
          engine_version: '6.2',
          node_type: 'cache.t3.micro',
          num_cache_clusters: 1,
          port: 6379,
          subnet_group_name: 'default',
          security_group_ids: ['sg-00000000000000000'],
          at_rest_encryption_enabled: 'true',
          transit_encryption_enabled: true,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's template, not JavaScript's
          auth_token: '${replace("${uuid()}${uuid()}", "-", "")}',
          snapshot_window: '06:00-07:00',
          snapshot_retention_limit: 3,
          maintenance_window: 'mon:07:00-mon:08:00',
          apply_immediately: true,
          tags: { instance: id },
          lifecycle,
          ...attributes,
        },
      },
    },
    output: {
      hostname: output('primary_endpoint_address'),
      reader: output('reader_endpoint_address'),
      password: { ...output('auth_token'), sensitive: true },
    },
  }
}

/** With three nodes: a primary and two replicas, and what needs replicas. */
export const threeNodes = { num_cache_clusters: 3, automatic_failover_enabled: true, multi_az_enabled: true }
