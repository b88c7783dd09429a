import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import type { DescribedAlarm } from '../../stacks/metric-alarm/attributes.ts'
import type { CloudWatch } from './cloudwatch.ts'
import { defined } from './defined.ts'
import { inParts } from './parts.ts'

/** The most that AWS takes at once. */
const most = 100

/** Those of the names that AWS knows, and of which all is known here. */
export function describedAlarms(cloudWatch: CloudWatch, abortSignal: AbortSignal) {
  return async (names: string[]): Promise<DescribedAlarm[]> => {
    const found: DescribedAlarm[] = []
    for (const AlarmNames of inParts(names, most)) {
      const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch')
      const command = new DescribeAlarmsCommand({ AlarmNames, MaxRecords: most })
      const { MetricAlarms = [] } = await (await cloudWatch.alarms()).send(command, { abortSignal })
      found.push(...MetricAlarms.flatMap((alarm) => describedOf(alarm) ?? []))
    }
    return found
  }
}

/** @returns undefined where AWS has not told all, or something else than is known here */
function describedOf(alarm: MetricAlarm): DescribedAlarm | undefined {
  if (isOfAnotherKind(alarm)) return undefined
  const needed: Partial<DescribedAlarm> = defined({
    name: alarm.AlarmName,
    arn: alarm.AlarmArn,
    region: alarm.AlarmArn?.split(':')[3],
    actionsEnabled: alarm.ActionsEnabled,
    evaluationPeriods: alarm.EvaluationPeriods,
    comparisonOperator: alarm.ComparisonOperator,
  })
  if (Object.keys(needed).length < 6) return undefined
  return {
    ...(needed as DescribedAlarm),
    alarmActions: alarm.AlarmActions ?? [],
    okActions: alarm.OKActions ?? [],
    insufficientDataActions: alarm.InsufficientDataActions ?? [],
    dimensions: Object.fromEntries(
      (alarm.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
    ),
    ...defined({
      description: alarm.AlarmDescription,
      metricName: alarm.MetricName,
      namespace: alarm.Namespace,
      statistic: alarm.Statistic,
      extendedStatistic: alarm.ExtendedStatistic,
      period: alarm.Period,
      unit: alarm.Unit,
      datapointsToAlarm: alarm.DatapointsToAlarm,
      threshold: alarm.Threshold,
      thresholdMetricId: alarm.ThresholdMetricId,
      treatMissingData: alarm.TreatMissingData,
      evaluateLowSampleCountPercentile: alarm.EvaluateLowSampleCountPercentile,
    }),
  }
}

/** Of a query, or evaluated in a way that no stack asks for. */
function isOfAnotherKind(alarm: MetricAlarm): boolean {
  const { Metrics = [], EvaluationCriteria, WarmUpConfiguration, EvaluationWindow: window } = alarm
  const isUsual = window === undefined || window.SlidingWindow !== undefined
  return Metrics.length > 0 || !isUsual || (EvaluationCriteria ?? WarmUpConfiguration) !== undefined
}
