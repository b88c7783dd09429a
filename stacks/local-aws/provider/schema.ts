import type { Attribute, AttributeType, Block, NestedBlock, Schema } from '../plugin/schema.ts'

function optional(type: AttributeType, ...names: string[]): Record<string, Attribute> {
  return Object.fromEntries(names.map((name) => [name, { type, optional: true }]))
}

function single(block: Block): NestedBlock {
  return { nesting: 'LIST', maxItems: 1, block }
}

/**
 * The provider block. Everything that a stack for the real provider may say is accepted; the region and the
 * default tags mean something here, the rest is about reaching AWS.
 */
export const schema: Schema = {
  version: 0,
  block: {
    attributes: {
      ...optional(
        'string',
        'access_key',
        'custom_ca_bundle',
        'ec2_metadata_service_endpoint',
        'ec2_metadata_service_endpoint_mode',
        'http_proxy',
        'https_proxy',
        'no_proxy',
        'profile',
        'region',
        'retry_mode',
        's3_us_east_1_regional_endpoint',
        'secret_key',
        'skip_metadata_api_check',
        'sts_region',
        'tag_policy_compliance',
        'token',
      ),
      ...optional(
        'bool',
        'insecure',
        's3_use_path_style',
        'skip_credentials_validation',
        'skip_region_validation',
        'skip_requesting_account_id',
        'use_dualstack_endpoint',
        'use_fips_endpoint',
      ),
      ...optional('number', 'max_retries', 'token_bucket_rate_limiter_capacity'),
      ...optional(['set', 'string'], 'allowed_account_ids', 'forbidden_account_ids'),
      ...optional(['list', 'string'], 'shared_config_files', 'shared_credentials_files'),
    },
    blocks: {
      assume_role: {
        nesting: 'LIST',
        block: {
          attributes: {
            ...optional(
              'string',
              'duration',
              'external_id',
              'policy',
              'role_arn',
              'session_name',
              'source_identity',
            ),
            ...optional(['set', 'string'], 'policy_arns', 'transitive_tag_keys'),
            ...optional(['map', 'string'], 'tags'),
          },
        },
      },
      assume_role_with_web_identity: single({
        attributes: {
          ...optional(
            'string',
            'duration',
            'policy',
            'role_arn',
            'session_name',
            'web_identity_token',
            'web_identity_token_file',
          ),
          ...optional(['set', 'string'], 'policy_arns'),
        },
      }),
      default_tags: single({ attributes: optional(['map', 'string'], 'tags') }),
      endpoints: {
        nesting: 'SET',
        block: { attributes: optional('string', 'cloudwatch', 'elasticache', 'logs', 'sts') },
      },
      ignore_tags: single({ attributes: optional(['set', 'string'], 'key_prefixes', 'keys') }),
    },
  },
}
