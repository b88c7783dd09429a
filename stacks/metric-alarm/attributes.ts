/** An alarm for one metric as AWS tells of it, in DescribeAlarms. */
export interface DescribedAlarm {
  name: string
  arn: string
  region: string
  description?: string
  actionsEnabled: boolean
  alarmActions: string[]
  okActions: string[]
  insufficientDataActions: string[]
  metricName?: string
  namespace?: string
  dimensions: Record<string, string>
  statistic?: string
  extendedStatistic?: string
  period?: number
  unit?: string
  evaluationPeriods: number
  datapointsToAlarm?: number
  threshold?: number
  thresholdMetricId?: string
  comparisonOperator: string
  treatMissingData?: string
  evaluateLowSampleCountPercentile?: string
}

/** The attributes of `aws_cloudwatch_metric_alarm` after a refresh, but for its tags. */
export function alarmAttributes(alarm: DescribedAlarm) {
  return {
    id: alarm.name,
    alarm_name: alarm.name,
    arn: alarm.arn,
    region: alarm.region,
    alarm_description: alarm.description ?? null,
    actions_enabled: alarm.actionsEnabled,
    alarm_actions: setOf(alarm.alarmActions),
    ok_actions: setOf(alarm.okActions),
    insufficient_data_actions: setOf(alarm.insufficientDataActions),
    metric_name: alarm.metricName ?? null,
    namespace: alarm.namespace ?? null,
    dimensions: Object.keys(alarm.dimensions).length > 0 ? alarm.dimensions : null,
    statistic: alarm.statistic ?? null,
    extended_statistic: alarm.extendedStatistic ?? null,
    period: alarm.period ?? null,
    unit: alarm.unit ?? null,
    evaluation_periods: alarm.evaluationPeriods,
    datapoints_to_alarm: alarm.datapointsToAlarm ?? null,
    threshold: alarm.threshold ?? null,
    threshold_metric_id: alarm.thresholdMetricId ?? null,
    comparison_operator: alarm.comparisonOperator,
    treat_missing_data: alarm.treatMissingData ?? null,
    evaluate_low_sample_count_percentiles: alarm.evaluateLowSampleCountPercentile ?? null,
  }
}

/** In order, so that the same set is the same value. */
const setOf = (values: string[]) => (values.length > 0 ? values.toSorted() : null)
