import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { groupConfiguration, threeNodes } from './group-configuration.ts'
import { changedWorld } from './provider/changed-world.ts'
import { imports } from './provider/imports.ts'
import { refusals } from './provider/refusals.ts'
import { machine } from './provider/site.ts'

/** The provider's own work: checks, import, drift, tags, old states. */
refusals()
imports()
changedWorld()

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
