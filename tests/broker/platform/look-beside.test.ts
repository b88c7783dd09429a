import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { elastiCache } from '../../../broker/platform/elasticache.ts'
import type { Aws } from '../../../broker/platform/platform.ts'
import { result } from '../../support/query-api.ts'

const nothing = { parameterGroups: [], logGroups: [], alarms: [] }

/** The actions that were asked for, with what was asked. */
let requests: [action: string, body: string][] = []
/** The answers by action: JSON, or a function of the request. */
let answers: Record<string, object | ((body: string) => object | string)> = {}
let server: Server
let aws: Aws
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const target = request.headers['x-amz-target'] as string | undefined
    const action = target?.split('.')[1] ?? new URLSearchParams(body).get('Action') ?? ''
    requests.push([action, body])
    const answer = answers[action] ?? {}
    const content = typeof answer === 'function' ? answer(body) : answer
    response.writeHead(typeof content === 'string' && content.includes('<Error>') ? 404 : 200)
    response.end(typeof content === 'string' ? content : JSON.stringify(content))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  aws = elastiCache({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
    maxAttempts: 1,
  })
})
afterAll(async () => {
  await aws?.close()
  server?.close()
})
beforeEach(() => {
  requests = []
  answers = {}
})

const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`
const alarm = (name: string, more: object = {}) => ({
  AlarmName: name,
  AlarmArn: arn(name),
  ActionsEnabled: true,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanThreshold',
  Metrics: [],
  ...more,
})
const actions = () => requests.map(([action]) => action)

test('of all groups, and of their tags, all pages are read', async () => {
  const groupArn = (id: string) => `arn:aws:elasticache:us-east-1:123456789012:replicationgroup:${id}`
  const page = (id: string, next = '') =>
    result(
      'DescribeReplicationGroups',
      `${next}<ReplicationGroups><ReplicationGroup><ReplicationGroupId>${id}</ReplicationGroupId><Status>available</Status><ARN>${groupArn(id)}</ARN></ReplicationGroup></ReplicationGroups>`,
    ).body
  const tagged = (id: string) => [{ ResourceARN: groupArn(id), Tags: [{ Key: 'Owner', Value: id }] }]
  answers.DescribeReplicationGroups = (body) =>
    body.includes('Marker=next') ? page('two') : page('one', '<Marker>next</Marker>')
  answers.DescribeCacheClusters = () => result('DescribeCacheClusters', '<CacheClusters/>').body
  answers.GetResources = (body) =>
    body.includes('"next"')
      ? { ResourceTagMappingList: tagged('two') }
      : { ResourceTagMappingList: tagged('one'), PaginationToken: 'next' }
  const found = await aws.answers({ Broker: 'own' })
  expect([...found]).toEqual(
    ['one', 'two'].map((id) => [id, { status: 'available', group: undefined, tags: { Owner: id } }]),
  )
})

test('where there is nothing beside groups, nothing is asked for', async () => {
  const found = await aws.beside().answers(nothing)
  expect([...found.alarms, ...found.logGroups, ...found.parameterGroups]).toEqual([])
  expect(requests).toEqual([])
})

test('only kinds that there are are asked for, a hundred at a time', async () => {
  const alarms = Array.from({ length: 150 }, (_, index) => `alarm-${index}`)
  answers.DescribeAlarms = (body) => ({
    MetricAlarms: JSON.parse(body).AlarmNames.map((name: string) => alarm(name)),
  })
  const found = await aws.beside().answers({ ...nothing, alarms })
  expect(found.alarms.size).toBe(150)
  expect(actions()).toEqual(['DescribeAlarms', 'DescribeAlarms', 'GetResources', 'GetResources'])
})

test('an alarm of which more is told than is known here is left out', async () => {
  const others: Record<string, object> = {
    query: { Metrics: [{ Id: 'a' }] },
    clock: { EvaluationWindow: { WallClockWindow: {} } },
    criteria: { EvaluationCriteria: { PromQLCriteria: { Query: 'up' } } },
    late: { WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 5 } },
    'without a comparison': { ComparisonOperator: undefined },
  }
  const MetricAlarms = [
    alarm('usual', { EvaluationWindow: { SlidingWindow: {} } }),
    ...Object.entries(others).map(([name, more]) => alarm(name, more)),
  ]
  answers.DescribeAlarms = { MetricAlarms }
  const found = await aws.beside().answers({ ...nothing, alarms: ['usual', ...Object.keys(others)] })
  expect([...found.alarms.keys()]).toEqual(['usual'])
})

test('tags of AWS itself are none, and tags that are not told are undefined', async () => {
  answers.DescribeAlarms = { MetricAlarms: [alarm('one'), alarm('two')] }
  const Tags = [
    { Key: 'Owner', Value: 'somebody' },
    { Key: 'aws:cloudformation:stack-id', Value: 'other' },
  ]
  answers.GetResources = { ResourceTagMappingList: [{ ResourceARN: arn('one'), Tags }] }
  const { alarms } = await aws.beside().answers({ ...nothing, alarms: ['one', 'two'] })
  expect(alarms.get('one')?.tags).toEqual({ Owner: 'somebody' })
  expect(alarms.get('two')?.tags).toBeUndefined()
})

test('log groups whose names begin alike are listed once', async () => {
  answers.DescribeLogGroups = (body) => ({
    logGroups: ['a/1', 'a/2', 'b/1']
      .filter((name) => name.startsWith(JSON.parse(body).logGroupNamePrefix))
      .map((logGroupName) => ({
        logGroupName,
        arn: `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}:*`,
        logGroupClass: 'STANDARD',
      })),
  })
  const look = aws.beside()
  const names = async (...logGroups: string[]) => [
    ...(await look.answers({ ...nothing, logGroups })).logGroups.keys(),
  ]
  expect(await names('a/1', 'a/3')).toEqual(['a/1'])
  expect(await names('a/2')).toEqual(['a/2'])
  expect(await names('a/1', 'b/1')).toEqual(['a/1', 'b/1'])
  const listed = requests.filter(([action]) => action === 'DescribeLogGroups')
  expect(listed.map(([, body]) => JSON.parse(body).logGroupNamePrefix)).toEqual(['a/', 'b/1'])
})

test('a parameter group that goes meanwhile is left out', async () => {
  const groups = ['stays', 'goes'].map(
    (name) =>
      `<CacheParameterGroup><CacheParameterGroupName>${name}</CacheParameterGroupName><CacheParameterGroupFamily>redis7</CacheParameterGroupFamily><Description>d</Description><ARN>arn:aws:elasticache:us-east-1:123456789012:parametergroup:${name}</ARN></CacheParameterGroup>`,
  )
  const { body: listed } = result(
    'DescribeCacheParameterGroups',
    `<CacheParameterGroups>${groups.join('')}</CacheParameterGroups>`,
  )
  const { body: parameters } = result('DescribeCacheParameters', '<Parameters></Parameters>')
  const gone =
    '<ErrorResponse><Error><Type>Sender</Type><Code>CacheParameterGroupNotFound</Code><Message>gone</Message></Error><RequestId>r</RequestId></ErrorResponse>'
  answers.DescribeCacheParameterGroups = () => listed
  answers.DescribeCacheParameters = (body) => (body.includes('goes') ? gone : parameters)
  const found = await aws.beside().answers({ ...nothing, parameterGroups: ['stays', 'goes', 'unknown'] })
  expect([...found.parameterGroups.keys()]).toEqual(['stays'])
})
