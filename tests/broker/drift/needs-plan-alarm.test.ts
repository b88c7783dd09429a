import { expect, test } from 'vitest'
import { besideRecord, tagChanges } from './beside-record.ts'
import { type Changes, looksAsPlansDo } from './changes.ts'

const { beside, original, restore, set, retag } = besideRecord(
  'alarm',
  'aws_cloudwatch_metric_alarm',
  'alarm_memory',
  'alarm_name',
)
const topic = 'arn:aws:sns:us-gov-west-1:000000000000:another'

const changes: Changes = {
  'it does not ring': set({ actions_enabled: false }),
  'it rings nowhere': set({ alarm_actions: [] }),
  'it rings elsewhere': set({ alarm_actions: [topic] }),
  'its end is told nowhere': set({ ok_actions: null }),
  'its end is told elsewhere, too': () =>
    set({ ok_actions: [...(original().settings.ok_actions as string[]), topic] })(),
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
  ...tagChanges(retag),
}

looksAsPlansDo(beside, changes, restore)

test('what a plan leaves as AWS has it gets a plan all the same', async () => {
  set({ evaluate_low_sample_count_percentiles: 'ignore' })()
  expect(await beside().look()).toBeDefined()
})

test('the actions of an alarm have no order', async () => {
  set({ alarm_actions: [topic, 'arn:b'] })()
  const state = beside().state({ ...beside().before, alarm_actions: ['arn:b', topic] })
  expect(await beside().look(state)).toBeUndefined()
})
