import type { DescribedLogGroup } from '../../log-group/attributes.ts'
import type { DescribedAlarm } from '../../metric-alarm/attributes.ts'
import { type NamedRecord, recordArn } from './named-records.ts'

/** A log group as it is told: of what is on record, by the names of Terraform. */
export function describedLogGroup(record: NamedRecord): DescribedLogGroup {
  const { log_group_class, kms_key_id, retention_in_days, deletion_protection_enabled } = record.settings
  return given<DescribedLogGroup>({
    ...placeOf('log-group', record),
    logGroupClass: log_group_class,
    kmsKeyId: kms_key_id || undefined,
    retentionInDays: retention_in_days || undefined,
    deletionProtectionEnabled: deletion_protection_enabled,
  })
}

/** An alarm, likewise. */
export function describedAlarm(record: NamedRecord): DescribedAlarm {
  const { settings } = record
  return given<DescribedAlarm>({
    ...placeOf('alarm', record),
    description: settings.alarm_description,
    actionsEnabled: settings.actions_enabled,
    alarmActions: settings.alarm_actions ?? [],
    okActions: settings.ok_actions ?? [],
    insufficientDataActions: settings.insufficient_data_actions ?? [],
    metricName: settings.metric_name,
    namespace: settings.namespace,
    dimensions: settings.dimensions ?? {},
    statistic: settings.statistic,
    extendedStatistic: settings.extended_statistic,
    period: settings.period,
    unit: settings.unit,
    evaluationPeriods: settings.evaluation_periods,
    datapointsToAlarm: settings.datapoints_to_alarm,
    threshold: settings.threshold,
    thresholdMetricId: settings.threshold_metric_id,
    comparisonOperator: settings.comparison_operator,
    treatMissingData: settings.treat_missing_data,
    evaluateLowSampleCountPercentile: settings.evaluate_low_sample_count_percentiles,
  })
}

const placeOf = (kind: 'log-group' | 'alarm', record: NamedRecord) => ({
  name: record.name,
  region: record.region,
  arn: recordArn(kind, record),
})

/** Leaves out what is not set, as AWS does. */
function given<Described>(all: Record<keyof Described, unknown>): Described {
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined && value !== null),
  ) as Described
}
