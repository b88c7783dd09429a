import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRedis } from '../../support/redis.ts'
import { groupConfiguration, threeNodes } from './group-configuration.ts'
import { type Machine, openMachine, type Stack } from './machine.ts'

/** The provider's own work: checks, import, drift, tags, old states. */
let machine: Machine
let checked: Stack

beforeAll(async () => {
  machine = await openMachine()
  await machine.attach()
  checked = await machine.stack(groupConfiguration('checked'))
})
afterAll(() => machine?.remove())

test.each<[string, Record<string, unknown>, string]>([
  ['version 6.2.6', { engine_version: '6.2.6' }, '"engine_version" must be <major>.<minor>'],
  ['version 5.0', { engine_version: '5.0' }, '"engine_version" must be <major>.<minor>'],
  ['version 7', { engine_version: '7' }, '"engine_version" must be <major>.<minor>'],
  ['an id with an underscore', { replication_group_id: 'a_b' }, '"replication_group_id" must be 1 to 40'],
  ['an empty description', { description: '' }, '"description" must not be empty'],
  ['36 days of snapshots', { snapshot_retention_limit: 36 }, '"snapshot_retention_limit" must be at most 35'],
  ['encryption "yes"', { at_rest_encryption_enabled: 'yes' }, '"at_rest_encryption_enabled" expected one of'],
  ['a token of 3 characters', { auth_token: 'abc' }, '"auth_token" must be 16 to 128'],
  ['a token and user groups', { user_group_ids: ['a'] }, '"auth_token": conflicts with user_group_ids'],
  ['two counts of nodes', { num_node_groups: 1 }, '"num_cache_clusters": conflicts with num_node_groups'],
  [
    'a window without a day',
    { maintenance_window: '07:00-08:00' },
    '"maintenance_window" must have the format',
  ],
  [
    'Multi-AZ without failover',
    { multi_az_enabled: true },
    'automatic_failover_enabled must be true if multi_az_enabled is true',
  ],
  [
    'failover with one node',
    { automatic_failover_enabled: true },
    '"num_cache_clusters": must be at least 2',
  ],
  [
    'DELETE with a token',
    { auth_token: 'known-to-the-plan', auth_token_update_strategy: 'DELETE' },
    '"auth_token" must not be specified',
  ],
  ...['ROTATE', 'SET'].flatMap((auth_token_update_strategy): [string, Record<string, unknown>, string][] => {
    const message = '"auth_token_update_strategy": "auth_token" must be specified'
    return [
      [
        `${auth_token_update_strategy} without a token`,
        { auth_token: null, auth_token_update_strategy },
        message,
      ],
      [
        `${auth_token_update_strategy} and a token that Terraform makes`,
        { auth_token_update_strategy },
        message,
      ],
    ]
  }),
  ['a timeout of 5 minute', { timeouts: { create: '5 minute' } }, '"5 minute" is not a duration'],
  ['a misspelt attribute', { engineVersion: '6.2' }, 'Extraneous JSON object property'],
])('a plan with %s is refused before anything is called', async (_, attributes, message) => {
  await checked.configure(groupConfiguration('checked', attributes))
  const { ok, text } = await checked.terraform('plan')
  expect(ok).toBe(false)
  expect(text.replace(/[│╷╵\s]+/g, ' ')).toContain(message)
})

const nodeGroup = (choice: object) => ({
  num_cache_clusters: null,
  node_group_configuration: [{ replica_count: 1, ...choice }],
})

test.each<[string, Record<string, unknown>, string]>([
  [
    "the primary's zone",
    nodeGroup({ primary_availability_zone: 'eu-west-1a' }),
    'a choice of availability zones by node group',
  ],
  [
    "the replicas' zones",
    nodeGroup({ replica_availability_zones: ['eu-west-1b'] }),
    'a choice of availability zones by node group',
  ],
  ['an outpost', nodeGroup({ primary_outpost_arn: 'arn:aws:outposts:eu-west-1:1:outpost/op-1' }), 'outposts'],
  ['slots', nodeGroup({ slots: '0-8191' }), 'a choice of slots'],
])('an apply that chooses %s is refused', async (_, attributes, feature) => {
  await checked.configure(groupConfiguration('checked', attributes))
  const { ok, text } = await checked.apply()
  expect(ok).toBe(false)
  expect(text.replace(/[│╷╵\s]+/g, ' ')).toContain(`This machine does not offer ${feature}.`)
})

test('an import fills in everything but the token, and a rotation gives it a new one', async () => {
  const made = await machine.stack(groupConfiguration('adopted', threeNodes))
  await made.apply()
  const before = await made.attributes()

  const change = (auth_token_update_strategy: string) =>
    groupConfiguration(
      'adopted',
      { ...threeNodes, auth_token: 'a-token-known-to-the-plan', auth_token_update_strategy },
      { lifecycle: {} },
    )
  const adopter = await machine.stack(change('ROTATE'))
  expect(
    await adopter.terraform('import', 'aws_elasticache_replication_group.redis', 'adopted'),
  ).toMatchObject({
    ok: true,
  })
  const { auth_token, auth_token_update_strategy, apply_immediately, ...imported } =
    await adopter.attributes()
  expect(auth_token).toBe(null)
  const { auth_token: oldToken, ...rest } = before
  expect(rest).toMatchObject(imported)

  expect(await adopter.plan()).toMatchObject({ actions: ['update'], replacePaths: [] })
  expect(await adopter.apply()).toMatchObject({ ok: true })
  await adopter.configure(change('SET'))
  expect(await adopter.apply()).toMatchObject({ ok: true })
  const { hostname: host = '', password = '' } = await adopter.outputs()
  const ca = await machine.aws.caCertificate()
  expect(await withRedis({ host, password, ca }, (redis) => redis.sendCommand(['PING']))).toBe('PONG')
  await expect(
    withRedis({ host, password: String(oldToken), ca }, (redis) => redis.sendCommand(['PING'])),
  ).rejects.toThrow(/WRONGPASS/)
  await adopter.configure(groupConfiguration('adopted', threeNodes))
  expect(await adopter.plan()).toMatchObject({ actions: ['no-op'] })
})

test('an import of a group that is not there fails', async () => {
  const stack = await machine.stack(groupConfiguration('absent'))
  const { ok, text } = await stack.terraform('import', 'aws_elasticache_replication_group.redis', 'absent')
  expect(ok).toBe(false)
  expect(text).toContain('Cannot import non-existent remote object')
})

test('what changed behind the back of Terraform is drift, and an apply brings it back', async () => {
  const stack = await machine.stack(groupConfiguration('moved', threeNodes))
  await stack.apply()
  await machine.aws.modifyReplicationGroup('moved', { snapshotRetentionLimit: 1 })
  await machine.aws.addTags('moved', { by: 'hand' })
  await machine.aws.killNode('moved-003')

  const plan = await stack.plan()
  expect(plan.actions).toEqual(['update'])
  expect(plan.driftedAttributes.sort()).toEqual([
    'member_clusters',
    'node_group_configuration',
    'num_cache_clusters',
    'replicas_per_node_group',
    'snapshot_retention_limit',
    'tags',
    'tags_all',
  ])
  expect(plan.replacePaths).toEqual([])

  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await machine.aws.listReplicationGroups()).toContainEqual(
    expect.objectContaining({
      replicationGroupId: 'moved',
      snapshotRetentionLimit: 3,
      tags: { instance: 'moved' },
      memberClusters: ['moved-001', 'moved-002', 'moved-003'],
    }),
  )
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
})

test('a read waits until the group is available, since AWS does not tell its tags before', async () => {
  const stack = await machine.stack(groupConfiguration('busy'))
  await stack.apply()
  machine.aws.setBehaviour({ modificationMilliseconds: 60_000 })
  await machine.aws.modifyReplicationGroup('busy', { snapshotRetentionLimit: 9 })
  machine.aws.setBehaviour({})
  let ended = false
  const plan = stack.plan().finally(() => {
    ended = true
  })
  await sleep(5000)
  expect(ended).toBe(false)
  await machine.aws.finishWaits()
  expect((await plan).driftedAttributes).toContain('snapshot_retention_limit')
})

test('a failover is no drift; a version that AWS has passed by itself would be a replacement', async () => {
  const stack = await machine.stack(groupConfiguration('evolving', { ...threeNodes, engine_version: '6.0' }))
  await stack.apply()
  await machine.aws.failover('evolving')
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })

  await machine.aws.upgradeMinorVersion('evolving')
  const plan = await stack.plan()
  expect(plan.driftedAttributes).toEqual(['engine_version', 'engine_version_actual'])
  expect(plan.replacePaths).toEqual(['engine_version'])
  await stack.configure(groupConfiguration('evolving', { ...threeNodes, engine_version: '6.2' }))
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
})

test('a creation that fails late ends the apply, and the group stays until it is deleted', async () => {
  machine.aws.setBehaviour({ creationMilliseconds: 1, creationFailures: [{ times: 1 }] })
  const stack = await machine.stack(groupConfiguration('roomless'))
  const { ok, text } = await stack.apply()
  machine.aws.setBehaviour({})
  expect(ok).toBe(false)
  expect(text).toContain("unexpected state 'create-failed', wanted target 'available'")
  expect(await machine.aws.describeReplicationGroups('roomless')).toMatchObject([{ status: 'create-failed' }])
  await machine.aws.deleteReplicationGroup('roomless')
  expect(await stack.apply()).toMatchObject({ ok: true })
})

test('a group that was deleted by hand is planned anew', async () => {
  const stack = await machine.stack(groupConfiguration('deleted'))
  await stack.apply()
  await machine.aws.deleteReplicationGroup('deleted')
  expect(await stack.plan()).toMatchObject({ actions: ['create'], driftedAttributes: ['everything'] })
  expect(await stack.destroy()).toMatchObject({ ok: true })
})

test('default tags of the provider are on the group, and in tags_all only', async () => {
  const provider = { region: 'eu-west-1', default_tags: [{ tags: { team: 'data', cost: '1' } }] }
  const stack = await machine.stack(groupConfiguration('tagged', { tags: { cost: '2' } }, { provider }))
  await stack.apply()
  expect(await stack.attributes()).toMatchObject({
    tags: { cost: '2' },
    tags_all: { team: 'data', cost: '2' },
  })
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })

  await stack.configure(groupConfiguration('tagged', { tags: { cost: '2', new: 'yes' } }))
  await stack.apply()
  expect(await machine.aws.listReplicationGroups()).toContainEqual(
    expect.objectContaining({ replicationGroupId: 'tagged', tags: { cost: '2', new: 'yes' } }),
  )
})

test('a configuration of the least gives what AWS gives', async () => {
  const least = {
    engine: null,
    engine_version: null,
    port: null,
    subnet_group_name: null,
    security_group_ids: null,
    at_rest_encryption_enabled: null,
    snapshot_window: null,
    snapshot_retention_limit: null,
    maintenance_window: null,
    apply_immediately: null,
    tags: null,
    num_cache_clusters: null,
  }
  const stack = await machine.stack(groupConfiguration('least', least))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject({
    engine: 'redis',
    engine_version: '7.1',
    port: 6379,
    num_cache_clusters: 1,
    snapshot_retention_limit: 0,
    at_rest_encryption_enabled: 'false',
    tags: null,
  })
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
})

test('what AWS would do around a group is recorded, and later plans find it as it was given', async () => {
  const log = (log_type: string) => ({
    destination: 'redis-logs',
    destination_type: 'cloudwatch-logs',
    log_format: 'json',
    log_type,
  })
  const recorded = {
    kms_key_id: 'arn:aws:kms:eu-west-1:000000000000:key/one',
    notification_topic_arn: 'arn:aws:sns:eu-west-1:000000000000:redis',
    log_delivery_configuration: [log('engine-log'), log('slow-log')],
  }
  const stack = await machine.stack(groupConfiguration('recorded', recorded))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject(recorded)
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })

  const less = { ...recorded, notification_topic_arn: null, log_delivery_configuration: [log('slow-log')] }
  await stack.configure(groupConfiguration('recorded', less))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await machine.aws.listReplicationGroups()).toContainEqual(
    expect.objectContaining({
      logDeliveryConfigurations: [expect.objectContaining({ logType: 'slow-log' })],
    }),
  )
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
})

test('replicas can be counted instead of nodes', async () => {
  const counted = (replicas: number) =>
    groupConfiguration('counted', { num_cache_clusters: null, replicas_per_node_group: replicas })
  const stack = await machine.stack(counted(1))
  await stack.apply()
  await stack.configure(counted(2))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject({ num_cache_clusters: 3, replicas_per_node_group: 2 })
  await stack.configure(counted(0))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject({ num_cache_clusters: 1, replicas_per_node_group: 0 })
})

test('"6.x" follows the newest 6 and is no downgrade from it', async () => {
  const stack = await machine.stack(groupConfiguration('following', { engine_version: '6.x' }))
  await stack.apply()
  expect(await stack.attributes()).toMatchObject({ engine_version: '6.x', engine_version_actual: '6.2.6' })
  await stack.configure(groupConfiguration('following', { engine_version: '6.2' }))
  expect(await stack.plan()).toMatchObject({ actions: ['update'], replacePaths: [] })
  await stack.configure(groupConfiguration('following', { engine_version: '6.0' }))
  expect(await stack.plan()).toMatchObject({ replacePaths: ['engine_version'] })
})

/** The differences of 6.25.0 from 5.100.0; see also the refused plans above. */
test('there is no strategy unless one is given, and reads fill in the node group with its zones', async () => {
  const stack = await machine.stack(groupConfiguration('current', { ...threeNodes, num_cache_clusters: 2 }))
  await stack.apply()
  expect(await stack.attributes()).toMatchObject({
    auth_token_update_strategy: null,
    node_group_configuration: [
      {
        node_group_id: '0001',
        primary_availability_zone: 'eu-west-1a',
        replica_availability_zones: ['eu-west-1b'],
        replica_count: 1,
        slots: '',
      },
    ],
  })
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
  await stack.configure(groupConfiguration('current', threeNodes))
  expect(await stack.plan()).toMatchObject({ actions: ['update'], replacePaths: [] })
})

test('a resource may be in another region than its provider, and is replaced to get there', async () => {
  const stack = await machine.stack(groupConfiguration('abroad', { region: 'us-east-1' }))
  await stack.apply()
  expect(await stack.attributes()).toMatchObject({
    region: 'us-east-1',
    arn: 'arn:aws:elasticache:us-east-1:000000000000:replicationgroup:abroad',
  })
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
  await stack.configure(groupConfiguration('abroad'))
  expect(await stack.plan()).toMatchObject({ replacePaths: ['region'] })
})

test('a state of an older provider is brought up to date', async () => {
  const known = { auth_token: 'a-token-known-to-the-plan', auth_token_update_strategy: 'ROTATE' }
  const stack = await machine.stack(groupConfiguration('aged', known))
  await stack.apply()
  const state = JSON.parse((await stack.terraform('state', 'pull')).text)
  const [instance] = state.resources[0].instances
  const { auth_token_update_strategy, tags_all, ...attributes } = instance.attributes
  instance.schema_version = 1
  instance.attributes = { ...attributes, at_rest_encryption_enabled: true, number_cache_clusters: 1 }
  await writeFile(
    join(stack.directory, 'terraform.tfstate'),
    JSON.stringify({ ...state, serial: state.serial + 1 }),
  )
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
})

test('a provider without a region says so', async () => {
  const stack = await machine.stack(groupConfiguration('nowhere', {}, { provider: {} }))
  const { ok, text } = await stack.terraform('plan')
  expect(ok).toBe(false)
  expect(text).toContain('Missing region configuration')
})
