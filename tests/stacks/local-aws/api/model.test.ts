import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elastiCacheModel, withoutModel } from '../../../support/service-model.ts'
import { groupRequest, type Served, serveLocalAws } from './endpoint.ts'

const model = elastiCacheModel()
const scope = 'AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/elasticache/aws4_request, Signature=0'
const arn = 'arn:aws:elasticache:us-east-1:000000000000:replicationgroup:modeled'

describe.skipIf(!model)(`AWS's service model${model ? '' : ` (${withoutModel})`}`, () => {
  let served: Served
  beforeAll(async () => {
    served = await serveLocalAws()
    await ask('CreateReplicationGroup', creation)
    await ask('CreateCacheParameterGroup', { ...parameterGroup, ...ofParameters })
    await ask('CreateSnapshot', { ...group, SnapshotName: 'modeled' })
  })
  afterAll(() => served?.close())

  /** The result of an action, as the XML has it. */
  async function ask(action: string, parameters: Record<string, string>): Promise<unknown> {
    const response = await fetch(served.endpoint.url, {
      method: 'POST',
      headers: { authorization: scope },
      body: new URLSearchParams({ Action: action, Version: '2015-02-02', ...parameters }),
    })
    const xml = await response.text()
    if (!response.ok) throw new Error(xml)
    return new XMLParser().parse(xml)[`${action}Response`][`${action}Result`]
  }

  /** Where an answer departs from a shape of the model: elements that it does not know. */
  function strangers(value: unknown, shapeName: string, path: string): string[] {
    const shape = model?.shapes[shapeName]
    if (!shape) return [`${path}: no shape ${shapeName}`]
    if (value === '' || value === undefined) return []
    if (shape.type === 'structure') {
      return Object.entries(value as object).flatMap(([name, member]) => {
        const known = shape.members?.[name]
        return known ? strangers(member, known.shape, `${path}.${name}`) : [`${path}.${name}`]
      })
    }
    if (shape.type === 'list') {
      const name = shape.member?.locationName ?? 'member'
      return Object.entries(value as object).flatMap(([element, members]) =>
        element === name
          ? [members].flat().flatMap((one) => strangers(one, shape.member?.shape ?? '', `${path}.${name}`))
          : [`${path}.${element}`],
      )
    }
    return typeof value === 'object' ? [`${path} is ${shape.type}`] : []
  }

  const { Tags, SecurityGroupIds, ...simple } = groupRequest('modeled')
  const creation = {
    ...Object.fromEntries(Object.entries(simple).map(([name, value]) => [name, String(value)])),
    NumCacheClusters: '2',
    'Tags.Tag.1.Key': Tags[0]?.Key ?? '',
    'Tags.Tag.1.Value': Tags[0]?.Value ?? '',
    'SecurityGroupIds.SecurityGroupId.1': SecurityGroupIds[0] ?? '',
  }
  const group = { ReplicationGroupId: 'modeled' }
  const parameterGroup = { CacheParameterGroupName: 'modeled' }
  const ofParameters = { CacheParameterGroupFamily: 'redis7', Description: 'of the test' }
  const oneParameter = {
    'ParameterNameValues.ParameterNameValue.1.ParameterName': 'timeout',
    'ParameterNameValues.ParameterNameValue.1.ParameterValue': '60',
  }
  const oneTag = { 'Tags.Tag.1.Key': 'a', 'Tags.Tag.1.Value': 'b' }
  const replicas = { ...group, ApplyImmediately: 'true' }

  /** What the test of an action finds, beside a group of two nodes, a group of parameters and a snapshot. */
  const before: Record<string, () => Promise<unknown>> = {
    IncreaseReplicaCount: () => withNodes(1),
    DecreaseReplicaCount: () => withNodes(2),
    TestFailover: () => withNodes(2),
    DescribeCacheParameters: () => ask('ModifyCacheParameterGroup', { ...parameterGroup, ...oneParameter }),
    RemoveTagsFromResource: () => ask('AddTagsToResource', { ResourceName: arn, ...oneTag }),
    DeleteSnapshot: () => ask('CreateSnapshot', { ...group, SnapshotName: 'deleted' }),
    DeleteCacheParameterGroup: () =>
      ask('CreateCacheParameterGroup', { CacheParameterGroupName: 'deleted', ...ofParameters }),
    DeleteReplicationGroup: () =>
      ask('CreateReplicationGroup', { ...creation, ReplicationGroupId: 'deleted', NumCacheClusters: '1' }),
  }

  async function withNodes(count: number): Promise<void> {
    const [found] = await served.aws.describeReplicationGroups('modeled')
    const difference = count - (found?.memberClusters.length ?? 0)
    if (difference === 0) return
    const action = difference > 0 ? 'IncreaseReplicaCount' : 'DecreaseReplicaCount'
    await ask(action, { ...replicas, NewReplicaCount: String(count - 1) })
  }

  test.each<[string, Record<string, string>]>([
    ['CreateReplicationGroup', { ...creation, ReplicationGroupId: 'created' }],
    ['DescribeReplicationGroups', group],
    ['DescribeCacheClusters', { ShowCacheNodeInfo: 'true' }],
    ['ModifyReplicationGroup', { ...group, SnapshotRetentionLimit: '2', ApplyImmediately: 'true' }],
    ['DecreaseReplicaCount', { ...replicas, NewReplicaCount: '0' }],
    ['IncreaseReplicaCount', { ...replicas, NewReplicaCount: '1' }],
    ['TestFailover', { ...group, NodeGroupId: '0001' }],
    ['CreateSnapshot', { ...group, SnapshotName: 'taken' }],
    ['DescribeSnapshots', {}],
    ['DeleteSnapshot', { SnapshotName: 'deleted' }],
    ['AddTagsToResource', { ResourceName: arn, ...oneTag }],
    ['RemoveTagsFromResource', { ResourceName: arn, 'TagKeys.member.1': 'a' }],
    ['ListTagsForResource', { ResourceName: arn }],
    ['DescribeCacheSubnetGroups', {}],
    ['CreateCacheParameterGroup', { CacheParameterGroupName: 'created', ...ofParameters }],
    ['DescribeCacheParameterGroups', {}],
    ['ModifyCacheParameterGroup', { ...parameterGroup, ...oneParameter }],
    ['DescribeCacheParameters', { ...parameterGroup, Source: 'user' }],
    ['ResetCacheParameterGroup', { ...parameterGroup, ResetAllParameters: 'true' }],
    ['DeleteCacheParameterGroup', { CacheParameterGroupName: 'deleted' }],
    ['DescribeServiceUpdates', {}],
    ['DescribeUpdateActions', {}],
    ['DeleteReplicationGroup', { ReplicationGroupId: 'deleted' }],
  ])('%s is answered with what the model knows, and asked with what it wants', async (action, parameters) => {
    const operation = model?.operations[action]
    const input = model?.shapes[operation?.input?.shape ?? '']
    expect(Object.keys(input?.members ?? {})).toEqual(
      expect.arrayContaining(Object.keys(parameters).map((name) => name.split('.')[0])),
    )
    for (const required of input?.required ?? []) {
      expect(Object.keys(parameters).map((name) => name.split('.')[0])).toContain(required)
    }
    await before[action]?.()
    const result = await ask(action, parameters)
    // Some actions answer with nothing.
    const told = operation?.output ? strangers(result, operation.output.shape, action) : result
    expect(told || []).toEqual([])
  })
})
