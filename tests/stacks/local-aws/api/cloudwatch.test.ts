import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateCacheParameterGroupCommand } from '@aws-sdk/client-elasticache'
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, serveLocalAws } from './endpoint.ts'

/** Log groups and alarms, by the SDK. */
let served: Served
let logs: CloudWatchLogsClient
let alarms: CloudWatchClient
let tagging: ResourceGroupsTaggingAPIClient
beforeAll(async () => {
  served = await serveLocalAws()
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const access = { region: 'us-east-1', endpoint: served.endpoint.url, credentials, maxAttempts: 1 }
  logs = new CloudWatchLogsClient(access)
  alarms = new CloudWatchClient(access)
  tagging = new ResourceGroupsTaggingAPIClient(access)
  for (const name of ['a/1', 'a/2', 'a/3', 'b/1']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: name, tags: { Owner: name } }))
  }
  for (const AlarmName of ['a-1', 'a-2', 'a-3', 'b-1']) {
    await alarms.send(new PutMetricAlarmCommand({ AlarmName, ...alarm }))
  }
})
afterAll(async () => {
  for (const client of [logs, alarms, tagging]) client?.destroy()
  await served?.close()
})

const alarm = {
  MetricName: 'CPUUtilization',
  Namespace: 'AWS/ElastiCache',
  Dimensions: [{ Name: 'CacheClusterId', Value: 'one-001' }],
  Statistic: 'Average' as const,
  Period: 300,
  EvaluationPeriods: 3,
  Threshold: 90.5,
  ComparisonOperator: 'GreaterThanThreshold' as const,
  AlarmActions: ['arn:aws:sns:us-east-1:000000000000:redis'],
}

test('log groups come by what their names begin with, in pages', async () => {
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'a/3', retentionInDays: 14 }))
  const pages = []
  const request = { logGroupNamePrefix: 'a/' }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs, pageSize: 2 }, request)) {
    pages.push(logGroups.map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays]))
  }
  expect(pages).toEqual([
    [
      ['a/1', undefined],
      ['a/2', undefined],
    ],
    [['a/3', 14]],
  ])
  await expect(logs.send(new DescribeLogGroupsCommand({ limit: 51 }))).rejects.toThrow(/from 1 to 50/)
})

test('alarms come by what their names begin with, in pages, or by their names', async () => {
  const pages = []
  const request = { AlarmNamePrefix: 'a-' }
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
    { client: alarms, pageSize: 2 },
    request,
  )) {
    pages.push(MetricAlarms.map(({ AlarmName }) => AlarmName))
  }
  expect(pages).toEqual([['a-1', 'a-2'], ['a-3']])
  const named = await alarms.send(new DescribeAlarmsCommand({ AlarmNames: ['b-1', 'no-such-alarm'] }))
  expect(named.MetricAlarms).toMatchObject([
    { AlarmName: 'b-1', ...alarm, ActionsEnabled: true, OKActions: [], TreatMissingData: 'missing' },
  ])
  await expect(alarms.send(new DescribeAlarmsCommand({ MaxRecords: 101 }))).rejects.toThrow(/At most 100/)
})

test('their tags are told by type and by ARN', async () => {
  const arn = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:b-1'
  const Tags = [{ Key: 'Owner', Value: 'of b-1' }]
  await alarms.send(new TagResourceCommand({ ResourceARN: arn, Tags }))
  await served.client().send(
    new CreateCacheParameterGroupCommand({
      CacheParameterGroupName: 'own',
      CacheParameterGroupFamily: 'redis7',
      Description: 'of the test',
      Tags: [{ Key: 'Owner', Value: 'of own' }],
    }),
  )
  const owners = async (request: object) => {
    const { ResourceTagMappingList = [] } = await tagging.send(new GetResourcesCommand(request))
    return ResourceTagMappingList.map(({ Tags: tags = [] }) => tags[0]?.Value)
  }
  const tagged = { TagFilters: [{ Key: 'Owner' }] }
  const ofType = (...types: string[]) => owners({ ...tagged, ResourceTypeFilters: types })
  expect(await ofType('cloudwatch:alarm')).toEqual(['of b-1'])
  expect(await ofType('elasticache:parametergroup', 'cloudwatch:alarm')).toEqual(['of own', 'of b-1'])
  expect(await ofType('logs:log-group')).toEqual(['a/1', 'a/2', 'a/3', 'b/1'])
  const ResourceARNList = [
    arn,
    'arn:aws:elasticache:us-east-1:000000000000:parametergroup:own',
    'arn:aws:logs:us-east-1:000000000000:log-group:a/2',
    'arn:aws:logs:us-east-1:000000000000:log-group:none',
  ]
  expect(await owners({ ResourceARNList })).toEqual(['of b-1', 'of own', 'a/2'])
  await expect(owners({ ResourceARNList, ...tagged })).rejects.toThrow(/goes with nothing else/)
})
