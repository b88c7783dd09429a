import { describe, expect, test } from 'vitest'
import { classify } from '../../../broker/drift/plan.ts'
import { change, plan } from './classified.ts'
import { finding, redis } from './finding.ts'

describe('a plan says of an instance that it is', () => {
  test('clean when nothing differs', () => {
    const same = { node_type: 'cache.t3.micro' }
    expect(plan({ resource_changes: [change(['no-op'], same, same)] })).toEqual({
      state: 'clean',
      findings: [],
    })
  })

  test('drifted when the world changed; putting it right is not told as a second difference', () => {
    const [wanted, found] = [{ snapshot_window: '06:00-07:00' }, { snapshot_window: '01:00-02:00' }]
    const result = plan({
      resource_drift: [change(['update'], wanted, found)],
      resource_changes: [change(['update'], found, wanted)],
      output_changes: { hostname: change(['update'], 'a', 'b').change },
    })
    expect(result).toEqual({
      state: 'drifted',
      findings: [finding('snapshot_window', '06:00-07:00', '01:00-02:00')],
    })
  })

  test('drifted, with what the stack would change besides', () => {
    const result = plan({
      resource_drift: [change(['update'], { tags: { a: '1' } }, { tags: { a: '2' } })],
      resource_changes: [change(['update'], { tags: { a: '2' }, port: 1 }, { tags: { a: '1' }, port: 2 })],
    })
    expect(result.state).toBe('drifted')
    expect(result.findings.map(({ cause, attribute }) => [cause, attribute])).toEqual([
      ['world', 'tags.a'],
      ['stack', 'port'],
    ])
  })

  test('pending when only the stack changed', () => {
    const result = plan({
      resource_changes: [
        change(['update'], { nodes: 1, members: ['a'] }, { nodes: 3 }, { after_unknown: { members: true } }),
      ],
    })
    expect(result).toEqual({
      state: 'pending',
      findings: [
        { cause: 'stack', resource: redis, change: 'changed', attribute: 'nodes', before: 1, after: 3 },
        { cause: 'stack', resource: redis, change: 'changed', attribute: 'members', before: ['a'] },
      ],
    })
  })

  test('pending when only an output changed', () => {
    const result = plan({ output_changes: { port: change(['update'], 1, 2).change } })
    expect(result.state).toBe('pending')
    expect(result.findings).toMatchObject([{ resource: 'output.port', before: 1, after: 2 }])
  })

  test('pending a replacement, which is named before anything else', () => {
    const result = plan({ resource_changes: [change(['delete', 'create'], { name: 'a' }, { name: 'b' })] })
    expect(result.state).toBe('pending')
    expect(result.findings[0]).toEqual({ cause: 'stack', resource: redis, change: 'replaced' })
  })

  test('pending a replacement, with what it is because of', () => {
    const [before, after] = [
      { name: 'a', port: 1, tags: { Owner: 'me' } },
      { name: 'b', port: 2, tags: { Owner: 'you' } },
    ]
    const replacing = change(['delete', 'create'], before, after)
    const replace_paths = [['port'], ['tags', 'Owner']]
    const { findings } = plan({
      resource_changes: [{ ...replacing, change: { ...replacing.change, replace_paths } }],
    })
    const because = findings.filter(({ replaces }) => replaces).map(({ attribute }) => attribute)
    expect(because).toEqual(['port', 'tags.Owner'])
    expect(findings).toHaveLength(4)
  })

  test('pending when the stack has a resource more, or one less', () => {
    const parameters = 'aws_elasticache_parameter_group.redis'
    const result = plan({
      resource_changes: [
        { ...change(['create'], null, { name: 'a' }), address: parameters },
        { ...change(['delete'], { name: 'a' }, null), address: 'aws_cloudwatch_metric_alarm.memory' },
      ],
    })
    expect(result).toEqual({
      state: 'pending',
      findings: [
        { cause: 'stack', resource: parameters, change: 'created' },
        { cause: 'stack', resource: 'aws_cloudwatch_metric_alarm.memory', change: 'deleted' },
      ],
    })
  })

  test('drifted, with a resource that the stack has more besides', () => {
    const parameters = 'aws_elasticache_parameter_group.redis'
    const result = plan({
      resource_drift: [change(['update'], { port: 1 }, { port: 2 })],
      resource_changes: [
        change(['update'], { port: 2 }, { port: 1 }),
        { ...change(['create'], null, { name: 'a' }), address: parameters },
      ],
    })
    expect(result.state).toBe('drifted')
    expect(result.findings.map(({ resource, change }) => [resource, change])).toEqual([
      [redis, 'changed'],
      [parameters, 'created'],
    ])
  })

  test('drifted; what AWS decides anew when it is put right is no second difference', () => {
    const result = plan({
      resource_drift: [change(['update'], { nodes: 3 }, { nodes: 2 })],
      resource_changes: [
        change(['update'], { nodes: 2, members: ['a'] }, { nodes: 3 }, { after_unknown: { members: true } }),
      ],
    })
    expect(result.findings.map(({ attribute }) => attribute)).toEqual(['nodes'])
  })

  test('clean when terraform has only read something', () => {
    const read = { ...change(['read'], null, { id: 'a' }), address: 'data.aws_caller_identity.own' }
    expect(plan({ resource_changes: [read] })).toEqual({ state: 'clean', findings: [] })
  })

  test('missing when its group is gone, also when nothing would make it again', () => {
    const gone = change(['delete'], { name: 'a' }, null)
    expect(plan({ resource_drift: [gone] })).toEqual({
      state: 'missing',
      findings: [{ cause: 'world', resource: redis, change: 'gone' }],
    })
  })

  test('drifted when something beside its group is gone: its data is there', () => {
    const address = 'aws_cloudwatch_metric_alarm.alarm_memory[0]'
    const result = plan({
      resource_drift: [{ ...change(['delete'], { name: 'a' }, null), address }],
      resource_changes: [{ ...change(['create'], null, { name: 'a' }), address }],
    })
    expect(result).toEqual({
      state: 'drifted',
      findings: [{ cause: 'world', resource: address, change: 'gone' }],
    })
  })

  test('missing when its group is gone', () => {
    const result = plan({
      resource_drift: [change(['delete'], { name: 'a' }, null)],
      resource_changes: [change(['create'], null, { name: 'a' })],
      output_changes: { hostname: change(['update'], 'a', undefined, { after_unknown: true }).change },
    })
    expect(result).toEqual({
      state: 'missing',
      findings: [{ cause: 'world', resource: redis, change: 'gone' }],
    })
  })
})

test('missing when its group is gone from the state as well', () => {
  const result = plan({ resource_changes: [change(['create'], null, { name: 'a' })] })
  expect(result).toEqual({
    state: 'missing',
    findings: [{ cause: 'stack', resource: redis, change: 'created' }],
  })
})

describe('what the plan leaves as it is, is no drift:', () => {
  const same = change(['no-op'], {}, {})

  test('what AWS decides, such as the zones and nodes after a failover', () => {
    const zones = (zone: string) => [{ node_group_id: '0001', primary_availability_zone: zone }]
    const result = plan({
      resource_drift: [
        change(
          ['update'],
          { node_group_configuration: zones('a'), member_clusters: ['r-001', 'r-002'] },
          { node_group_configuration: zones('b'), member_clusters: ['r-001', 'r-003'] },
        ),
      ],
      resource_changes: [same],
    })
    expect(result).toEqual({ state: 'clean', findings: [] })
  })

  test('also not beside a change that is to be made', () => {
    const nodes = { after_unknown: { member_clusters: true } }
    const result = plan({
      resource_drift: [change(['update'], { member_clusters: ['1'] }, { member_clusters: ['2'] })],
      resource_changes: [change(['update'], { port: 1, member_clusters: ['2'] }, { port: 2 }, nodes)],
    })
    expect(result.state).toBe('pending')
    expect(result.findings.map(({ attribute }) => attribute)).toEqual(['port', 'member_clusters'])
  })

  test('but an address that the bindings give away is', () => {
    const result = plan({
      resource_drift: [
        change(
          ['update'],
          { primary_endpoint_address: 'old', reader_endpoint_address: 'old' },
          { primary_endpoint_address: 'new', reader_endpoint_address: 'new' },
        ),
      ],
      resource_changes: [same],
      output_changes: { hostname: change(['update'], 'old', 'new').change },
      relevant_attributes: [{ resource: redis, attribute: ['primary_endpoint_address'] }],
    })
    expect(result).toEqual({
      state: 'drifted',
      findings: [finding('primary_endpoint_address', 'old', 'new')],
    })
  })
})

test('a plan in a format that is not known is not guessed at', () => {
  expect(() => classify(JSON.stringify({ format_version: '2.0' }))).toThrow(
    'format_version must begin with "1."',
  )
})
