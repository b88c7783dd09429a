import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  findRecord,
  type NamedRecord,
  removeRecord,
  saveRecord,
} from '../../../stacks/local-aws/service/named-records.ts'
import { BesideGroup, region } from './beside-group.ts'
import { type Changes, looksAsPlansDo } from './changes.ts'

let beside: BesideGroup
let original: NamedRecord
beforeAll(async () => {
  beside = await BesideGroup.open('aws_cloudwatch_metric_alarm', 'alarm_memory')
  original = current()
})
afterAll(() => beside?.close())
beforeEach(() => restore())

const database = () => beside.service.service.database
const restore = () => saveRecord(database(), 'alarm', original)
const current = () => findRecord(database(), 'alarm', region, String(beside.before.alarm_name)) as NamedRecord

const set = (settings: NamedRecord['settings']) => () =>
  saveRecord(database(), 'alarm', { ...current(), settings: { ...current().settings, ...settings } })
const retag = (tags: (before: NamedRecord['tags']) => NamedRecord['tags']) => () =>
  saveRecord(database(), 'alarm', { ...current(), tags: tags(current().tags) })
const topic = 'arn:aws:sns:us-gov-west-1:000000000000:another'

const changes: Changes = {
  'it does not ring': set({ actions_enabled: false }),
  'it rings nowhere': set({ alarm_actions: [] }),
  'it rings elsewhere': set({ alarm_actions: [topic] }),
  'its end is told nowhere': set({ ok_actions: null }),
  'its end is told elsewhere, too': () =>
    set({ ok_actions: [...(original.settings.ok_actions as string[]), topic] })(),
  'a lack of data is told': set({ insufficient_data_actions: [topic] }),
  'another description': set({ alarm_description: 'of somebody else' }),
  'no description': set({ alarm_description: null }),
  'another comparison': set({ comparison_operator: 'LessThanThreshold' }),
  'fewer points of data': set({ datapoints_to_alarm: 1 }),
  'another node': set({ dimensions: { CacheClusterId: 'cf-one-002' } }),
  'one dimension more': set({ dimensions: { CacheClusterId: 'cf-one-001', CacheNodeId: '0001' } }),
  'all nodes': set({ dimensions: null }),
  'more periods': set({ evaluation_periods: 5 }),
  'longer periods': set({ period: 600 }),
  'another metric': set({ metric_name: 'CPUUtilization' }),
  'the metric of another service': set({ namespace: 'Own' }),
  'another statistic': set({ statistic: 'Maximum' }),
  'a percentile': set({ statistic: null, extended_statistic: 'p99' }),
  'another threshold': set({ threshold: 80.5 }),
  'a threshold of 0': set({ threshold: 0 }),
  'no threshold': set({ threshold: null }),
  'missing data rings': set({ treat_missing_data: 'breaching' }),
  'a unit': set({ unit: 'Percent' }),
  'a new tag': retag((tags) => ({ ...tags, Owner: 'somebody' })),
  'an empty tag': retag((tags) => ({ ...tags, Empty: '' })),
  'another value of a tag': retag((tags) => ({ ...tags, 'Instance name': 'another' })),
  'a tag less': retag(({ client: _client, ...tags }) => tags),
  'no tags': retag(() => ({})),
}

looksAsPlansDo(() => beside, changes, restore)

test('what a plan leaves as AWS has it gets a plan all the same', async () => {
  set({ evaluate_low_sample_count_percentiles: 'ignore' })()
  expect(await beside.look()).toBeDefined()
})

test('the actions of an alarm have no order', async () => {
  set({ alarm_actions: [topic, 'arn:b'] })()
  const state = beside.state({ ...beside.before, alarm_actions: ['arn:b', topic] })
  expect(await beside.look(state)).toBeUndefined()
})

test('one that is gone gets a plan', async () => {
  removeRecord(database(), 'alarm', region, original.name)
  expect(await beside.look()).toBeDefined()
  expect(await beside.planned()).not.toEqual([])
})
