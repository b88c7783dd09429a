import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { renderStacks, stackDirectory } from '../../stacks/render.ts'
import { stackSpec } from '../support/stack-spec.ts'

/** The configuration that terraform gets to see. */
async function rendered(changes: Partial<RedisStackSpec> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'stack-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await renderStacks([{ ...stackSpec, ...changes }], directory)
  const file = join(stackDirectory(directory, stackSpec.name), 'cdk.tf.json')
  const { resource, output, terraform, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  const { '//': _, ...redis } = resource.aws_elasticache_replication_group.redis
  return { redis, output, terraform, ...rest }
}

test('a Redis is as the service promises', async () => {
  const { redis, provider } = await rendered()
  expect(provider.aws).toEqual([{ region: 'us-gov-west-1' }])
  expect(redis).toEqual({
    apply_immediately: true,
    at_rest_encryption_enabled: 'true',
    auth_token: expect.stringMatching(/^\$\{coalesce\(var\.auth_token, .*uuid\(\)/),
    auto_minor_version_upgrade: 'false',
    automatic_failover_enabled: true,
    description: 'Redis of service instance one',
    engine: 'redis',
    engine_version: '6.2',
    lifecycle: {
      ignore_changes: [
        'kms_key_id',
        'snapshot_name',
        'final_snapshot_identifier',
        'auth_token',
        'auth_token_update_strategy',
      ],
      prevent_destroy: true,
    },
    maintenance_window: 'mon:07:00-mon:08:00',
    multi_az_enabled: true,
    node_type: 'cache.t3.micro',
    num_cache_clusters: 3,
    port: 6379,
    replication_group_id: 'cf-one',
    security_group_ids: ['sg-1', 'sg-2'],
    snapshot_retention_limit: 3,
    snapshot_window: '06:00-07:00',
    subnet_group_name: 'redis',
    tags: { client: 'Cloud Foundry' },
    transit_encryption_enabled: true,
  })
})

test('one node fails over to nothing, and has no replicas to read from', async () => {
  const { redis, output } = await rendered({ nodes: 1, failover: false, multiAz: false })
  expect(redis).toMatchObject({ automatic_failover_enabled: false, multi_az_enabled: false })
  expect(Object.keys(output).sort()).toEqual(['engine_version', 'hostname', 'password', 'port'])
})

test('of the outputs only the password is a secret', async () => {
  const { output } = await rendered()
  const sensitive = Object.entries(output as Record<string, { sensitive?: boolean }>)
    .filter(([, value]) => value.sensitive)
    .map(([name]) => name)
  expect(sensitive).toEqual(['password'])
  expect(Object.keys(output)).toContain('reader_hostname')
})

test('the token comes in as a secret that only its creator has to know', async () => {
  const { variable } = await rendered()
  expect(variable).toEqual({ auth_token: { default: '', sensitive: true, type: 'string' } })
})

test.each([
  { engineVersion: '5.0.6', told: undefined },
  { engineVersion: '6.0', told: 'false' },
  { engineVersion: '7.0', told: 'false' },
])('AWS is told to leave version $engineVersion alone: $told', async ({ engineVersion, told }) => {
  const { redis } = await rendered({ engineVersion })
  expect(redis.auto_minor_version_upgrade).toBe(told)
})

test('only a stack that is to be destroyed lets its group be deleted', async () => {
  const [before, after] = [await rendered(), await rendered({ deletable: true })]
  expect(after.redis.lifecycle).toEqual({ ...before.redis.lifecycle, prevent_destroy: false })
  expect({ ...after.redis, lifecycle: null }).toEqual({ ...before.redis, lifecycle: null })
})

test('exactly the version of the provider is asked for that the settings name', async () => {
  const { terraform } = await rendered({ providerVersion: '5.100.0' })
  expect(terraform.required_providers).toEqual({ aws: { source: 'aws', version: '5.100.0' } })
})

test('the provider works in no other account than the one that the settings name', async () => {
  const { provider } = await rendered({ accountId: '123456789012' })
  expect(provider.aws).toEqual([{ region: 'us-gov-west-1', allowed_account_ids: ['123456789012'] }])
})
