import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../service/faults.ts'
import {
  findRecord,
  listRecords,
  type NamedRecord,
  recordArn,
  recordOf,
  removeRecord,
  saveRecord,
} from '../service/named-records.ts'
import type { Action } from './action.ts'
import type { Query } from './query.ts'
import { list } from './xml.ts'

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
      const all = listRecords(database, 'alarm', region).filter(({ name }) => names?.includes(name) ?? true)
      return { MetricAlarms: list('member', all.map(shape)) }
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
    threshold: number('Threshold'),
    treat_missing_data: query.text('TreatMissingData') ?? 'missing',
    unit: query.text('Unit') ?? null,
  }
}

function shape(record: NamedRecord): object {
  const { settings } = record
  const members = (name: string) => list('member', (settings[name] as unknown[] | null) ?? [])
  const dimensions = Object.entries((settings.dimensions as Record<string, string> | null) ?? {})
  const setting = (name: string) => settings[name] ?? undefined
  return {
    AlarmName: record.name,
    AlarmArn: recordArn('alarm', record),
    AlarmDescription: setting('alarm_description'),
    ActionsEnabled: settings.actions_enabled,
    OKActions: members('ok_actions'),
    AlarmActions: members('alarm_actions'),
    InsufficientDataActions: members('insufficient_data_actions'),
    StateValue: 'INSUFFICIENT_DATA',
    MetricName: setting('metric_name'),
    Namespace: setting('namespace'),
    Statistic: setting('statistic'),
    Dimensions: list(
      'member',
      dimensions.map(([Name, Value]) => ({ Name, Value })),
    ),
    Period: setting('period'),
    Unit: setting('unit'),
    EvaluationPeriods: settings.evaluation_periods,
    DatapointsToAlarm: setting('datapoints_to_alarm'),
    Threshold: setting('threshold'),
    ComparisonOperator: settings.comparison_operator,
    TreatMissingData: setting('treat_missing_data'),
  }
}

function tagsIn(query: Query): Record<string, string> {
  const tags = query.list('Tags', 'member') ?? []
  return Object.fromEntries(tags.map((one) => [one.text('Key') ?? '', one.text('Value') ?? '']))
}
