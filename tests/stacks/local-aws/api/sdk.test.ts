import {
  CreateReplicationGroupCommand,
  DescribeCacheParameterGroupsCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  DescribeServiceUpdatesCommand,
  DescribeUpdateActionsCommand,
  type ElastiCacheClient,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupRequest, type Served, serveLocalAws } from './endpoint.ts'
import { groupBySdk } from './sdk/group.ts'

let served: Served
let client: ElastiCacheClient
const id = 'by-the-sdk'
beforeAll(async () => {
  served = await serveLocalAws()
  client = served.client()
  await client.send(new CreateReplicationGroupCommand(groupRequest(id)))
})
afterAll(() => served?.close())

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
  const elsewhere = served.client('ap-south-1')
  const names = Array.from({ length: 21 }, (_, index) => `page-${String(index).padStart(2, '0')}`)
  // Without nodes that run: a creation that fails late is listed all the same, and costs nothing.
  served.aws.setBehaviour({ creationFailures: [{ times: names.length }] })
  for (const name of names) await elsewhere.send(new CreateReplicationGroupCommand(groupRequest(name)))
  served.aws.setBehaviour({})
  const pages: (string | undefined)[][] = []
  for await (const page of paginateDescribeReplicationGroups({ client: elsewhere }, { MaxRecords: 20 })) {
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

groupBySdk(() => client, id)
