import type { DatabaseSync } from 'node:sqlite'
import { describedAlarm } from '../service/described-records.ts'
import { Fault } from '../service/faults.ts'
import {
  findRecord,
  listRecords,
  type NamedRecord,
  recordOf,
  removeRecord,
  saveRecord,
} from '../service/named-records.ts'
import type { Action } from './action.ts'
import type { Query } from './query.ts'
import { list } from './xml.ts'

/** The beginning of the name of every action, in `x-amz-target`, for clients that speak JSON; others speak Query. */
export const MONITORING_TARGET = 'GraniteServiceVersion20100801.'

/** Alarms in an answer: by default, and at most. */
const [USUAL, MOST] = [50, 100]

/** CloudWatch as far as alarms go: they are kept, and as nothing is measured, none rings. */
export function monitoringActions(database: DatabaseSync): Record<string, Action> {
  const tagged = (query: Query): NamedRecord => {
    const { region = '', name = '' } = recordOf(query.required('ResourceARN')) ?? {}
    const record = findRecord(database, 'alarm', region, name)
    if (!record) throw new Fault('ResourceNotFoundException', `There is no alarm ${name}.`)
    return record
  }
  const tag = (query: Query, change: (tags: Record<string, string>) => Record<string, string>) => {
    const record = tagged(query)
    saveRecord(database, 'alarm', { ...record, tags: change(record.tags) })
    return {}
  }

  return {
    PutMetricAlarm(query, { region }) {
      const name = query.required('AlarmName')
      const before = findRecord(database, 'alarm', region, name)
      const tags = before?.tags ?? tagsIn(query)
      saveRecord(database, 'alarm', { name, region, tags, settings: settingsIn(query) })
      return {}
    },
    DescribeAlarms(query, { region }) {
      const names = query.texts('AlarmNames', 'member')
      const limit = query.integer('MaxRecords') ?? USUAL
      const [prefix, after] = [query.text('AlarmNamePrefix') ?? '', query.text('NextToken') ?? '']
      if (limit < 1 || limit > MOST || (names && (names.length > MOST || prefix))) {
        throw new Fault('InvalidParameterValue', `At most ${MOST} alarms, by their names or by a prefix.`)
      }
      const found = names
        ? names.flatMap((name) => findRecord(database, 'alarm', region, name) ?? [])
        : listRecords(database, 'alarm', region, { prefix, after, limit: limit + 1 })
      const page = names ? found : found.slice(0, limit)
      return {
        MetricAlarms: list('member', page.map(shape)),
        ...(found.length > page.length ? { NextToken: page.at(-1)?.name } : {}),
      }
    },
    DeleteAlarms(query, { region }) {
      for (const name of query.texts('AlarmNames', 'member') ?? [])
        removeRecord(database, 'alarm', region, name)
      return {}
    },
    ListTagsForResource: (query) => ({
      Tags: list(
        'member',
        Object.entries(tagged(query).tags).map(([Key, Value]) => ({ Key, Value })),
      ),
    }),
    TagResource: (query) => tag(query, (tags) => ({ ...tags, ...tagsIn(query) })),
    UntagResource: (query) =>
      tag(query, (tags) => {
        const gone = query.texts('TagKeys', 'member') ?? []
        return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key)))
      }),
  }
}

/** By the names of Terraform, as they are kept. */
function settingsIn(query: Query): Record<string, unknown> {
  const number = (name: string) => {
    const text = query.text(name)
    return text === undefined ? null : Number(text)
  }
  const dimensions = query.list('Dimensions', 'member')
  return {
    actions_enabled: query.flag('ActionsEnabled') ?? true,
    alarm_actions: query.texts('AlarmActions', 'member') ?? null,
    alarm_description: query.text('AlarmDescription') ?? null,
    comparison_operator: query.required('ComparisonOperator'),
    datapoints_to_alarm: number('DatapointsToAlarm'),
    dimensions:
      dimensions && Object.fromEntries(dimensions.map((one) => [one.text('Name'), one.text('Value')])),
    evaluation_periods: number('EvaluationPeriods'),
    insufficient_data_actions: query.texts('InsufficientDataActions', 'member') ?? null,
    metric_name: query.text('MetricName') ?? null,
    namespace: query.text('Namespace') ?? null,
    ok_actions: query.texts('OKActions', 'member') ?? null,
    period: number('Period'),
    statistic: query.text('Statistic') ?? null,
    extended_statistic: query.text('ExtendedStatistic') ?? null,
    evaluate_low_sample_count_percentiles: query.text('EvaluateLowSampleCountPercentile') ?? null,
    threshold: number('Threshold'),
    treat_missing_data: query.text('TreatMissingData') ?? 'missing',
    unit: query.text('Unit') ?? null,
  }
}

function shape(record: NamedRecord): object {
  const alarm = describedAlarm(record)
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: list('member', alarm.okActions),
    AlarmActions: list('member', alarm.alarmActions),
    InsufficientDataActions: list('member', alarm.insufficientDataActions),
    StateValue: 'INSUFFICIENT_DATA',
    MetricName: alarm.metricName,
    Namespace: alarm.namespace,
    Statistic: alarm.statistic,
    ExtendedStatistic: alarm.extendedStatistic,
    Dimensions: list(
      'member',
      Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
    ),
    Period: alarm.period,
    Unit: alarm.unit,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparisonOperator,
    TreatMissingData: alarm.treatMissingData,
    EvaluateLowSampleCountPercentile: alarm.evaluateLowSampleCountPercentile,
    ThresholdMetricId: alarm.thresholdMetricId,
  }
}

function tagsIn(query: Query): Record<string, string> {
  const tags = query.list('Tags', 'member') ?? []
  return Object.fromEntries(tags.map((one) => [one.text('Key') ?? '', one.text('Value') ?? '']))
}
