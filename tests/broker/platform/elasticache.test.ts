import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { awsClient } from '../../../broker/platform/aws-client.ts'
import { elastiCache } from '../../../broker/platform/elasticache.ts'
import type { ReplicationGroup } from '../../../broker/platform/platform.ts'
import { type Answer, answer, arn, fault, groups, tags } from './elasticache/answers.ts'
import { describedGroups } from './elasticache/described-group.ts'
import { withoutAnswer } from './elasticache/no-answer.ts'

/** The query parameters of each request, as the SDK sends them. */
let requests: URLSearchParams[] = []
/** AWS's answer to an action: its XML, and a status other than 200 for a fault. */
let answers: Record<string, (request: URLSearchParams) => Answer>
let server: Server
let platform: ReturnType<typeof elastiCache>

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const parameters = new URLSearchParams(body)
    requests.push(parameters)
    const {
      status = 200,
      type = 'text/xml',
      xml,
    } = answers[parameters.get('Action') ?? '']?.(parameters) ?? fault('InvalidAction')
    response.writeHead(status, { 'Content-Type': type }).end(xml)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  vi.stubEnv('AWS_ENDPOINT_URL_ELASTICACHE', `http://127.0.0.1:${port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  platform = elastiCache(awsClient('eu-central-1'))
})
afterAll(() => {
  platform?.close()
  server?.close()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  requests = []
  answers = {}
})

describedGroups()
withoutAnswer()

test('a look at a group is one call', async () => {
  answers = { DescribeReplicationGroups: () => groups(['cf-1']) }
  expect(await platform.replicationGroup('cf-1')).toMatchObject({
    id: 'cf-1',
    arn: arn('cf-1'),
    status: 'available',
    sharded: false,
    tokenChangedAt: null,
    tokenChanging: false,
  })
  expect(requests).toHaveLength(1)
  expect(requests[0]?.get('ReplicationGroupId')).toBe('cf-1')
})

test('a group tells of a change of its token', async () => {
  answers = {
    DescribeReplicationGroups: () => {
      const pending =
        '<PendingModifiedValues><AuthTokenStatus>ROTATING</AuthTokenStatus></PendingModifiedValues>'
      const date = '<AuthTokenLastModifiedDate>2026-11-27T10:00:00.123Z</AuthTokenLastModifiedDate>'
      const { xml } = groups(['cf-1'])
      return { xml: xml.replace('</ARN>', `</ARN>${pending}${date}`) }
    },
  }
  expect(await platform.replicationGroup('cf-1')).toMatchObject({
    tokenChangedAt: '2026-11-27T10:00:00.123Z',
    tokenChanging: true,
  })
})

test('a group in cluster mode is told apart', async () => {
  answers = {
    DescribeReplicationGroups: () => {
      const { xml } = groups(['cf-1'])
      return { xml: xml.replace('</ARN>', '</ARN><ClusterEnabled>true</ClusterEnabled>') }
    },
  }
  expect(await platform.replicationGroup('cf-1')).toMatchObject({ sharded: true })
})

test('a group that AWS does not know is none', async () => {
  answers = { DescribeReplicationGroups: () => fault('ReplicationGroupNotFoundFault') }
  expect(await platform.replicationGroup('cf-1')).toBeUndefined()
})

test.each(['AccessDenied', 'InvalidReplicationGroupState', 'InvalidARN'])(
  'any other refusal is an error, and never taken for a group that is gone: %s',
  async (code) => {
    answers = { DescribeReplicationGroups: () => fault(code) }
    await expect(platform.replicationGroup('cf-1')).rejects.toThrow('refused')
  },
)

test.each<[string, () => Promise<unknown>]>([
  ['DescribeReplicationGroups', () => platform.replicationGroup('cf-1')],
  ['DescribeReplicationGroups', () => platform.replicationGroups()],
  ['DescribeSnapshots', () => platform.snapshots({ name: 'one' })],
  ['DeleteReplicationGroup', () => platform.deleteReplicationGroup('cf-1')],
])('a page of a proxy is an error, and never taken for what AWS says: %s', async (action, call) => {
  answers = {
    [action]: () => ({ type: 'text/html; charset=utf-8', xml: '<html><body>Welcome</body></html>' }),
  }
  await expect(call()).rejects.toThrow('is a web page')
  expect(requests).toHaveLength(1)
})

test('all pages are read', async () => {
  answers = {
    DescribeReplicationGroups: (request) =>
      request.get('Marker') === 'next' ? groups(['cf-3']) : groups(['cf-1', 'cf-2'], 'next'),
  }
  const found = await platform.replicationGroups()
  expect(found.map(({ id }) => id)).toEqual(['cf-1', 'cf-2', 'cf-3'])
})

test('of snapshots those that are wanted are asked for, and all pages are read', async () => {
  const page = (name: string, source: string, next = '') =>
    answer(
      'DescribeSnapshots',
      `${next}<Snapshots><Snapshot><SnapshotName>${name}</SnapshotName><SnapshotSource>${source}</SnapshotSource></Snapshot></Snapshots>`,
    )
  answers = {
    DescribeSnapshots: (request) =>
      request.get('Marker') === 'next'
        ? page('two', 'automated')
        : page('one', 'manual', '<Marker>next</Marker>'),
  }
  const found = await platform.snapshots({ groupId: 'cf-1', automated: true })
  expect(found.map(({ name, automated }) => [name, automated])).toEqual([
    ['one', false],
    ['two', true],
  ])
  await platform.snapshots({ name: 'one', automated: false })
  const asked = [requests[0], requests[2]].map((request) => Object.fromEntries(request ?? []))
  expect(asked).toMatchObject([
    { ReplicationGroupId: 'cf-1', SnapshotSource: 'system' },
    { SnapshotName: 'one', SnapshotSource: 'user' },
  ])
})

test('a snapshot that AWS does not know is none, and any other refusal an error', async () => {
  const refusing = (code: string) => ({
    DescribeSnapshots: () => fault(code),
    DeleteSnapshot: () => fault(code),
  })
  answers = refusing('SnapshotNotFoundFault')
  expect(await platform.snapshots({ name: 'one' })).toEqual([])
  await platform.deleteSnapshot('one')
  answers = refusing('InvalidSnapshotState')
  await expect(platform.snapshots({ name: 'one' })).rejects.toThrow('refused')
  await expect(platform.deleteSnapshot('one')).rejects.toThrow('refused')
})

const group = { id: 'cf-1', arn: arn('cf-1'), members: ['cf-1-001'] } as ReplicationGroup

test('the tags of a group are asked for by its ARN', async () => {
  answers = { ListTagsForResource: () => tags({ broker: 'mine' }) }
  expect(await platform.tags(group)).toEqual({ broker: 'mine' })
  expect(requests[0]?.get('ResourceName')).toBe(arn('cf-1'))
})

test.each(['InvalidReplicationGroupState', 'ReplicationGroupNotFoundFault', 'InvalidARN'])(
  'tags that AWS does not tell (%s) are none that prove anything',
  async (code) => {
    answers = { ListTagsForResource: () => fault(code) }
    expect(await platform.tags(group)).toBeUndefined()
  },
)

test('tags that may not be read are an error', async () => {
  answers = { ListTagsForResource: () => fault('AccessDenied') }
  await expect(platform.tags(group)).rejects.toThrow('refused')
})

test('the version is the one of its first node, and unknown while that comes or goes', async () => {
  const clusters =
    '<CacheClusters><CacheCluster><EngineVersion>6.2.6</EngineVersion></CacheCluster></CacheClusters>'
  answers = { DescribeCacheClusters: () => answer('DescribeCacheClusters', clusters) }
  expect(await platform.engineVersion(group)).toBe('6.2.6')
  expect(requests[0]?.get('CacheClusterId')).toBe('cf-1-001')
  answers = { DescribeCacheClusters: () => fault('CacheClusterNotFound') }
  expect(await platform.engineVersion(group)).toBeUndefined()
})

test('a token is changed at once, in the way that is asked for', async () => {
  answers = { ModifyReplicationGroup: () => answer('ModifyReplicationGroup', '') }
  await platform.changeToken('cf-1', 'a-token-of-16-chars', 'ROTATE')
  expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
    ReplicationGroupId: 'cf-1',
    AuthToken: 'a-token-of-16-chars',
    AuthTokenUpdateStrategy: 'ROTATE',
    ApplyImmediately: 'true',
  })
})

test('tags are set on a group by its ARN, and a refusal is handed on', async () => {
  answers = { AddTagsToResource: () => answer('AddTagsToResource', '<TagList/>') }
  const group = { arn: arn('cf-1') } as ReplicationGroup
  await platform.addTags(group, { 'Instance name': 'new' })
  expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
    ResourceName: arn('cf-1'),
    'Tags.Tag.1.Key': 'Instance name',
    'Tags.Tag.1.Value': 'new',
  })
  answers = { AddTagsToResource: () => fault('InvalidReplicationGroupState') }
  await expect(platform.addTags(group, {})).rejects.toThrow('refused')
})

test('a group is deleted by its id, and a refusal is handed on', async () => {
  answers = { DeleteReplicationGroup: () => answer('DeleteReplicationGroup', '') }
  await platform.deleteReplicationGroup('cf-1')
  expect(requests[0]?.get('ReplicationGroupId')).toBe('cf-1')
  answers = { DeleteReplicationGroup: () => fault('InvalidReplicationGroupState') }
  await expect(platform.deleteReplicationGroup('cf-1')).rejects.toThrow('refused')
})
