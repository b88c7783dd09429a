import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isEmpty } from '../../../broker/drift/differences.ts'
import { needsPlan } from '../../../broker/drift/needs-plan.ts'
import { elastiCache } from '../../../broker/platform/elasticache.ts'
import type { Aws, GroupAnswers } from '../../../broker/platform/platform.ts'
import { App } from '../../../stacks/cdktf.ts'
import { type Endpoint, serveEndpoint } from '../../../stacks/local-aws/api/endpoint.ts'
import type { Resource } from '../../../stacks/local-aws/plugin/provider.ts'
import type { ObjectValue, Value } from '../../../stacks/local-aws/plugin/values.ts'
import { replicationGroup } from '../../../stacks/local-aws/provider/replication-group/resource.ts'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import { newGroup } from '../../../stacks/local-aws/service/new-group.ts'
import { type GroupRecord, saveGroup } from '../../../stacks/local-aws/service/records.ts'
import { RedisStack } from '../../../stacks/redis-stack.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { stackSpec } from '../../support/stack-spec.ts'

/**
 * The look at all instances, beside the provider's own read and plan, of the same AWS: the look asks it over HTTP, the
 * provider directly.
 */
const spec = { ...stackSpec, subnetGroupName: 'default', securityGroupIds: ['sg-00000000000000000'] }
const region = spec.region
const tagged = { client: 'Cloud Foundry' }

/** Everything that AWS lets one change of a group, and what it changes by itself. */
const changes: Record<string, (group: GroupRecord) => Partial<GroupRecord>> = {
  'node type': setting({ cacheNodeType: 'cache.t3.small' }),
  version: setting({ engineVersion: '7.0' }),
  'minor version': setting({ engineVersion: '6.0' }),
  'parameter group': setting({ cacheParameterGroupName: 'own' }),
  description: setting({ replicationGroupDescription: 'of somebody else' }),
  failover: setting({ automaticFailoverEnabled: false }),
  'multi-AZ': setting({ multiAZEnabled: false }),
  'automatic upgrades': setting({ autoMinorVersionUpgrade: true }),
  'security groups': setting({ securityGroupIds: ['sg-00000000000000000', 'sg-of-another-one'] }),
  'other security group': setting({ securityGroupIds: ['sg-of-another-one'] }),
  'no security group': setting({ securityGroupIds: [] }),
  'snapshots that are kept': setting({ snapshotRetentionLimit: 1 }),
  'no snapshots': setting({ snapshotRetentionLimit: 0 }),
  'snapshot window': setting({ snapshotWindow: '01:00-02:00' }),
  'maintenance window': setting({ preferredMaintenanceWindow: 'sun:07:00-sun:08:00' }),
  'notification topic': setting({ notificationTopicArn: 'arn:aws:sns:us-east-1:000000000000:topic' }),
  'log delivery': setting({
    logDeliveryConfigurations: [
      { destination: 'logs', destinationType: 'cloudwatch-logs', logFormat: 'json', logType: 'slow-log' },
    ],
  }),
  'IP discovery': setting({ ipDiscovery: 'ipv6' }),
  'network type': () => ({ networkType: 'dual_stack' }),
  token: () => ({ authTokenHashes: [] }),
  port: () => ({ port: 6380 }),
  'subnet group': () => ({ cacheSubnetGroupName: 'other' }),
  'encryption at rest': () => ({ atRestEncryptionEnabled: false }),
  'encryption in transit': () => ({ transitEncryptionEnabled: false }),
  'KMS key': () => ({ kmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/another' }),
  'a replica less': ({ nodes }) => ({ nodes: nodes.slice(0, -1) }),
  'a replica more': ({ id, nodes }) => ({
    nodes: [...nodes, { id: `${id}-004`, address: '127.0.0.4', wanted: 'start' }],
  }),
  'a new tag': ({ tags }) => ({ tags: { ...tags, Owner: 'somebody' } }),
  'an empty tag': ({ tags }) => ({ tags: { ...tags, Empty: '' } }),
  'another value of a tag': ({ tags }) => ({ tags: { ...tags, 'Instance name': 'another' } }),
  'a tag less': ({ tags: { 'Instance name': _name, ...tags } }) => ({ tags }),
  'the tag that proves whose it is, gone': ({ tags: { client: _client, ...tags } }) => ({ tags }),
  'all tags': () => ({ tags: {} }),
  'a group that is busy': () => ({ status: 'modifying', busyUntil: Date.now() + 3_600_000 }),
}

function setting(values: Partial<GroupRecord['settings']>) {
  return ({ settings }: GroupRecord) => ({ settings: { ...settings, ...values } })
}

let directory: string
let service: ElastiCache
let endpoint: Endpoint
let aws: Aws
let resource: Resource
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'needs-plan-'))
  service = openElastiCache(directory)
  endpoint = await serveEndpoint(service, 0)
  aws = elastiCache({
    region,
    endpoint: endpoint.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const interrupted = new AbortController().signal
  resource = replicationGroup({ elastiCache: service, region, defaultTags: {}, interrupted })
})
afterAll(async () => {
  await aws?.close()
  await endpoint?.close()
  service?.service.database.close()
  await rm(directory, { recursive: true, force: true })
})

/** As the stack has it, with a token. */
let config: ObjectValue
let before: ObjectValue
let original: GroupRecord
beforeEach(async () => {
  config = configured()
  original = groupOf(config)
  put(original)
  const state = (await resource.read({ ...everyAttribute(), ...config, id: original.id })) as ObjectValue
  // As after a deploy: with nothing that is only known later.
  before = { ...state, region }
})

test('a group that nobody has touched needs no plan, and a plan would find nothing', async () => {
  expect(await look()).toBeUndefined()
  expect(await planned()).toEqual([])
})

test.each(Object.keys(changes))('%s: the look sees that it has changed', async (name) => {
  apply(name)
  expect(await look()).toBeDefined()
})

test('where the look says that nothing has changed, a plan finds nothing, whatever was changed with what', async () => {
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(changes)), { minLength: 1, maxLength: 2 })
  const outcomes = { clean: 0, planned: 0 }
  await fc.assert(
    fc.asyncProperty(names, async (chosen) => {
      put(original)
      for (const name of chosen) apply(name)
      const reason = await look()
      outcomes[reason === undefined ? 'clean' : 'planned']++
      if (reason === undefined) expect(await planned()).toEqual([])
    }),
    { numRuns: 100 },
  )
  expect(outcomes.planned).toBeGreaterThan(0)
})

describe('what can not be decided gets a plan:', () => {
  const state = () => stateOf(before)
  const resourceOf = (name: string, attributes = {}) => ({
    mode: 'managed',
    type: name,
    name: 'other',
    instances: [{ attributes }],
  })

  test.each<[string, () => TerraformState | undefined]>([
    ['an attribute that is not known here', () => stateOf({ ...before, durability: 'async' })],
    [
      'another resource in the state',
      () => withResources([...resources(state()), resourceOf('aws_cloudwatch_log_group')]),
    ],
    [
      'a data source in the state',
      () => withResources(resources(state()).map((one) => ({ ...one, mode: 'data' }))),
    ],
    ['a tainted group', () => stateOf(before, { status: 'tainted' })],
    ['a group that another one replaces', () => stateOf(before, { deposed: 'abcd1234' })],
    ['a state without a group', () => withResources([])],
    ['a state that can not be read', () => undefined],
  ])('%s', async (_name, stateFor) => {
    expect(needsPlan(stateFor(), (await answers()).get(original.id))).toBeDefined()
  })

  test('what the provider of the time has not put into the state is not missed', async () => {
    const { region: _region, node_group_configuration: _zones, ...older } = before
    const truths = { at_rest_encryption_enabled: true, node_group_configuration: [] }
    expect(needsPlan(stateOf({ ...older, ...truths }), (await answers()).get(original.id))).toBeUndefined()
  })

  test('a group that AWS does not tell of, and one of which it has not told all', async () => {
    const all = (await answers()).get(original.id) as GroupAnswers
    expect(needsPlan(state(), undefined)).toBeDefined()
    expect(needsPlan(state(), { ...all, group: undefined })).toBeDefined()
    expect(needsPlan(state(), { ...all, tags: undefined })).toBeDefined()
  })
})

const resources = (state: TerraformState) => state.resources as object[]
const withResources = (all: object[]) =>
  ({ version: 4, serial: 1, lineage: 'one', outputs: {}, resources: all }) as unknown as TerraformState

function stateOf(attributes: object, more = {}): TerraformState {
  const group = { mode: 'managed', type: 'aws_elasticache_replication_group', name: 'redis' }
  return withResources([{ ...group, instances: [{ attributes, ...more }] }])
}

function put(group: GroupRecord): void {
  saveGroup(service.service.database, group)
}

/** Over what has been changed before. */
function apply(name: string): void {
  const row = service.service.database.prepare('SELECT record FROM replication_group').get()
  const group = JSON.parse(row?.record as string) as GroupRecord
  put({ ...group, ...changes[name]?.(group) })
}

const answers = () => aws.answers(tagged)

async function look(): Promise<string | undefined> {
  return needsPlan(stateOf(before), (await answers()).get(original.id))
}

/** The changes that `terraform plan` would show, of attributes and of outputs. */
async function planned(): Promise<string[]> {
  const prior = await resource.read(before)
  if (!prior) return ['the group is gone']
  const { attributes } = resource.schema.block
  const proposed = Object.fromEntries(
    Object.keys(prior).map((name): [string, Value] => {
      const given = config[name] ?? null
      const open = attributes[name]?.computed ?? name === 'node_group_configuration'
      return [name, given === null && open ? (prior[name] ?? null) : given]
    }),
  )
  const { planned: after } = resource.plan({ prior, proposed, config })
  const ignored = ['auth_token', 'auth_token_update_strategy', 'kms_key_id', 'tags_all']
  const changed = Object.keys(after).filter((name) => {
    const [was, is] = [prior[name] ?? null, after[name] ?? null]
    return (
      !ignored.includes(name) && !(isEmpty(was) && isEmpty(is)) && JSON.stringify(was) !== JSON.stringify(is)
    )
  })
  const shown = [
    'primary_endpoint_address',
    'reader_endpoint_address',
    'port',
    'engine_version_actual',
    'auth_token',
  ]
  return [...changed, ...shown.filter((name) => prior[name] !== before[name])]
}

function everyAttribute(): ObjectValue {
  const { attributes, blocks = {} } = resource.schema.block
  return {
    ...Object.fromEntries(Object.keys(attributes).map((name) => [name, null])),
    ...Object.fromEntries(Object.keys(blocks).map((name) => [name, name === 'timeouts' ? null : []])),
  }
}

function configured(): ObjectValue {
  const stack = new RedisStack(new App({ outdir: directory }), spec).toTerraform()
  const {
    lifecycle: _lifecycle,
    '//': _metadata,
    ...given
  } = stack.resource.aws_elasticache_replication_group.redis
  return {
    ...everyAttribute(),
    ...given,
    auth_token: 'a'.repeat(32),
    tags: { ...given.tags, 'Instance name': 'one' },
  }
}

/** Its nodes are on record only. */
function groupOf(given: ObjectValue): GroupRecord {
  const id = String(given.replication_group_id)
  const group = newGroup(service.service.database, {
    replicationGroupId: id,
    region,
    replicationGroupDescription: String(given.description),
    cacheNodeType: String(given.node_type),
    engineVersion: String(given.engine_version),
    automaticFailoverEnabled: true,
    multiAZEnabled: true,
    autoMinorVersionUpgrade: given.auto_minor_version_upgrade === 'true',
    port: Number(given.port),
    cacheSubnetGroupName: String(given.subnet_group_name),
    securityGroupIds: given.security_group_ids as string[],
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    authToken: 'a'.repeat(32),
    snapshotWindow: String(given.snapshot_window),
    snapshotRetentionLimit: Number(given.snapshot_retention_limit),
    preferredMaintenanceWindow: String(given.maintenance_window),
    tags: given.tags as Record<string, string>,
  })
  const nodes = [1, 2, 3].map((number) => ({
    id: `${id}-00${number}`,
    address: `127.0.0.${number}`,
    wanted: 'start' as const,
  }))
  return { ...group, status: 'ready', unsettled: false, nodes }
}
