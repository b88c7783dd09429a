import {
  AddTagsToResourceCommand,
  CreateReplicationGroupCommand,
  CreateSnapshotCommand,
  DecreaseReplicaCountCommand,
  DeleteReplicationGroupCommand,
  DeleteSnapshotCommand,
  DescribeCacheClustersCommand,
  DescribeCacheParameterGroupsCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  DescribeServiceUpdatesCommand,
  DescribeSnapshotsCommand,
  DescribeUpdateActionsCommand,
  type ElastiCacheClient,
  IncreaseReplicaCountCommand,
  ListTagsForResourceCommand,
  type LogDeliveryConfigurationRequest,
  type LogType,
  ModifyReplicationGroupCommand,
  paginateDescribeReplicationGroups,
  RemoveTagsFromResourceCommand,
  TestFailoverCommand,
} from '@aws-sdk/client-elasticache'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupRequest, type Served, serveLocalAws } from './endpoint.ts'

let served: Served
let client: ElastiCacheClient
const id = 'by-the-sdk'
beforeAll(async () => {
  served = await serveLocalAws()
  client = served.client()
  await client.send(new CreateReplicationGroupCommand(groupRequest(id)))
})
afterAll(() => served?.close())

const described = async (ReplicationGroupId = id) =>
  (await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))).ReplicationGroups?.[0]
const arn = `arn:aws:elasticache:us-east-1:000000000000:replicationgroup:${id}`

describe('a group, by the SDK', () => {
  test('delivers its logs, each type until it is disabled', async () => {
    const change = async (...LogDeliveryConfigurations: LogDeliveryConfigurationRequest[]) => {
      await client.send(
        new ModifyReplicationGroupCommand({
          ReplicationGroupId: id,
          ApplyImmediately: true,
          LogDeliveryConfigurations,
        }),
      )
      return (await described())?.LogDeliveryConfigurations?.map(({ LogType }) => LogType)
    }
    const log = (LogType: LogType): LogDeliveryConfigurationRequest => ({
      LogType,
      LogFormat: 'json',
      DestinationType: 'cloudwatch-logs',
      DestinationDetails: { CloudWatchLogsDetails: { LogGroup: LogType } },
      Enabled: true,
    })
    expect(await change(log('slow-log'))).toEqual(['slow-log'])
    expect(await change(log('engine-log'))).toEqual(['engine-log', 'slow-log'])
    expect(await change({ LogType: 'slow-log', Enabled: false })).toEqual(['engine-log'])
    expect(await change({ LogType: 'engine-log', Enabled: false })).toEqual([])
  })

  test('is created and described as AWS does it', async () => {
    expect(await described()).toMatchObject({
      ReplicationGroupId: id,
      Status: 'available',
      ARN: arn,
      MemberClusters: [`${id}-001`],
      AuthTokenEnabled: true,
      AuthTokenLastModifiedDate: expect.any(Date),
      ClusterEnabled: false,
      NodeGroups: [
        {
          NodeGroupId: '0001',
          PrimaryEndpoint: { Address: expect.stringMatching(/^127\./), Port: 6379 },
          NodeGroupMembers: [{ CacheClusterId: `${id}-001`, CurrentRole: 'primary' }],
        },
      ],
    })
    const clusters = await client.send(
      new DescribeCacheClustersCommand({ CacheClusterId: `${id}-001`, ShowCacheNodeInfo: true }),
    )
    expect(clusters.CacheClusters).toMatchObject([
      {
        EngineVersion: '6.2.6',
        ReplicationGroupId: id,
        SecurityGroups: [{ SecurityGroupId: 'sg-00000000000000000' }],
        CacheNodes: [{ CacheNodeId: '0001', Endpoint: { Port: 6379 } }],
      },
    ])
  })

  test('is changed: settings, tokens, nodes, the primary role', async () => {
    const modify = { ReplicationGroupId: id, ApplyImmediately: true }
    const AuthToken = 'another-token-of-a-test-0123456789'
    const before = (await described())?.AuthTokenLastModifiedDate
    await client.send(
      new ModifyReplicationGroupCommand({ ...modify, AuthToken, AuthTokenUpdateStrategy: 'ROTATE' }),
    )
    expect((await described())?.AuthTokenLastModifiedDate).not.toEqual(before)
    await client.send(new ModifyReplicationGroupCommand({ ...modify, SnapshotRetentionLimit: 2 }))
    const replicas = { ReplicationGroupId: id, ApplyImmediately: true }
    await client.send(new IncreaseReplicaCountCommand({ ...replicas, NewReplicaCount: 1 }))
    await client.send(new ModifyReplicationGroupCommand({ ...modify, AutomaticFailoverEnabled: true }))
    await client.send(new TestFailoverCommand({ ReplicationGroupId: id, NodeGroupId: '0001' }))
    const group = await described()
    expect(group).toMatchObject({ SnapshotRetentionLimit: 2, AutomaticFailover: 'enabled' })
    expect(group?.NodeGroups?.[0]?.NodeGroupMembers?.map(({ CurrentRole }) => CurrentRole)).toEqual([
      'replica',
      'primary',
    ])
    await client.send(new ModifyReplicationGroupCommand({ ...modify, AutomaticFailoverEnabled: false }))
    await client.send(new DecreaseReplicaCountCommand({ ...replicas, NewReplicaCount: 0 }))
    expect((await described())?.MemberClusters).toHaveLength(1)
  })

  test('has tags, which come and go', async () => {
    const tags = async () =>
      (await client.send(new ListTagsForResourceCommand({ ResourceName: arn }))).TagList ?? []
    expect(await tags()).toEqual([{ Key: 'Owner', Value: 'some body' }])
    await client.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'a', Value: 'b' }] }))
    await client.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: ['Owner'] }))
    expect(await tags()).toEqual([{ Key: 'a', Value: 'b' }])
  })

  test('has snapshots, which outlive it', async () => {
    await client.send(new CreateSnapshotCommand({ ReplicationGroupId: id, SnapshotName: 'before' }))
    const snapshots = async () => (await client.send(new DescribeSnapshotsCommand({}))).Snapshots
    expect(await snapshots()).toMatchObject([{ SnapshotName: 'before', ReplicationGroupId: id }])
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }))
    await expect(described()).rejects.toMatchObject({ name: 'ReplicationGroupNotFoundFault' })
    await client.send(new DeleteSnapshotCommand({ SnapshotName: 'before' }))
    expect(await snapshots()).toEqual([])
  })
})

test('what is there from the start is told', async () => {
  const subnets = await client.send(new DescribeCacheSubnetGroupsCommand({}))
  expect(subnets.CacheSubnetGroups).toMatchObject([{ CacheSubnetGroupName: 'default' }])
  const parameters = await client.send(new DescribeCacheParameterGroupsCommand({}))
  const names = parameters.CacheParameterGroups?.map(({ CacheParameterGroupName: name }) => name)
  expect(names).toEqual(
    ['redis5.0', 'redis6.x', 'redis7', 'valkey7', 'valkey8'].map((family) => `default.${family}`),
  )
  expect((await client.send(new DescribeServiceUpdatesCommand({}))).ServiceUpdates).toEqual([])
  expect((await client.send(new DescribeUpdateActionsCommand({}))).UpdateActions).toEqual([])
})

test('lists come in pages', async () => {
  const names = Array.from({ length: 21 }, (_, index) => `page-${String(index).padStart(2, '0')}`)
  // Without nodes that run: a creation that fails late is listed all the same, and costs nothing.
  served.aws.setBehaviour({ creationFailures: [{ times: names.length }] })
  for (const name of names) await client.send(new CreateReplicationGroupCommand(groupRequest(name)))
  served.aws.setBehaviour({})
  const pages: (string | undefined)[][] = []
  for await (const page of paginateDescribeReplicationGroups({ client }, { MaxRecords: 20 })) {
    pages.push(page.ReplicationGroups?.map(({ ReplicationGroupId }) => ReplicationGroupId) ?? [])
  }
  expect(pages.map((page) => page.length)).toEqual([20, 1])
  expect(pages.flat()).toEqual(names)
})

describe('a request that can not be right is refused as AWS does it', () => {
  test.each([
    ['a missing parameter', { CacheNodeType: undefined }, 'MissingParameter'],
    ['an unknown node type', { CacheNodeType: 'cache.huge' }, 'InvalidParameterValueException'],
    ['a token without TLS', { TransitEncryptionEnabled: false }, 'InvalidParameterCombinationException'],
    ['an unknown subnet group', { CacheSubnetGroupName: 'mine' }, 'CacheSubnetGroupNotFoundFault'],
  ])('%s', async (_what, change, name) => {
    const request = { ...groupRequest('wrong'), ...change }
    await expect(client.send(new CreateReplicationGroupCommand(request))).rejects.toMatchObject({ name })
  })

  test('pages of a size that AWS does not take', async () => {
    const command = new DescribeReplicationGroupsCommand({ MaxRecords: 5 })
    await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  })

  test.each([
    {
      what: 'an action that there is not',
      action: 'DescribeMoon',
      authorization: true,
      code: 'InvalidAction',
    },
    {
      what: 'a request without a signature',
      action: 'DescribeReplicationGroups',
      authorization: false,
      code: 'MissingAuthenticationToken',
    },
  ])('$what', async ({ action, authorization, code }) => {
    const scope = 'AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/elasticache/aws4_request, Signature=0'
    const response = await fetch(served.endpoint.url, {
      method: 'POST',
      headers: authorization ? { authorization: scope } : {},
      body: new URLSearchParams({ Action: action, Version: '2015-02-02' }),
    })
    expect(response.status).toBe(code === 'InvalidAction' ? 400 : 403)
    expect(await response.text()).toContain(`<Code>${code}</Code>`)
  })
})

test('a huge request is refused, whoever sends it', async () => {
  const response = await fetch(served.endpoint.url, { method: 'POST', body: 'a'.repeat(1_000_001) })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('more than 1000000 bytes')
})

test('a region knows nothing of the groups of another one', async () => {
  const elsewhere = served.client('eu-central-1')
  await client.send(new CreateReplicationGroupCommand(groupRequest('here')))
  expect((await elsewhere.send(new DescribeReplicationGroupsCommand({}))).ReplicationGroups).toEqual([])
})

test('faults that a test injects meet the SDK, too, and kill nobody', async () => {
  served.aws.setBehaviour({
    faults: [{ call: 'describeReplicationGroups', fault: 'Throttling', times: 1 }],
    deaths: [{ call: 'describeReplicationGroups', when: 'before', times: 1 }],
  })
  const command = new DescribeReplicationGroupsCommand({})
  await expect(client.send(command)).rejects.toMatchObject({ name: 'Throttling' })
  served.aws.setBehaviour({})
  expect((await client.send(command)).ReplicationGroups?.length).toBeGreaterThan(0)
})

test('STS tells the account of the caller, and lends a role of another one', async () => {
  const { url: endpoint } = served.endpoint
  const sts = new STSClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '000000000000' })
  const role = { RoleArn: 'arn:aws:iam::111111111111:role/broker', RoleSessionName: 'test' }
  const { Credentials } = await sts.send(new AssumeRoleCommand(role))
  const other = new STSClient({
    region: 'us-east-1',
    endpoint,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
    },
  })
  expect(await other.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '111111111111' })
  sts.destroy()
  other.destroy()
})
