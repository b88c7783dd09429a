import { alarmAttributes } from '../../../metric-alarm/attributes.ts'
import { errorDiagnostic } from '../../plugin/diagnostics.ts'
import type { Resource } from '../../plugin/provider.ts'
import { type ObjectValue, UNKNOWN } from '../../plugin/values.ts'
import { describedAlarm } from '../../service/described-records.ts'
import type { Context } from '../context.ts'
import { recorded } from '../recorded.ts'
import { schema } from './schema.ts'

const OPERATORS = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
]
const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']

/** `aws_cloudwatch_metric_alarm`. Nothing is measured on this machine, so none ever rings. */
export function metricAlarm(context: Context): Resource {
  return recorded(context, {
    kind: 'alarm',
    schema,
    name: 'alarm_name',
    attributes: (record) => alarmAttributes(describedAlarm(record)),
    computed: ['arn', 'id', 'evaluate_low_sample_count_percentiles'],
    defaults: { actions_enabled: true, treat_missing_data: 'missing' },
    forceNew: ['alarm_name', 'region'],
    validate: (config) => [
      ...oneOf(config, 'comparison_operator', OPERATORS),
      ...oneOf(config, 'statistic', STATISTICS),
      ...oneOf(config, 'treat_missing_data', ['breaching', 'notBreaching', 'ignore', 'missing']),
    ],
  })
}

function oneOf(config: ObjectValue, name: string, values: string[]) {
  const value = config[name] ?? null
  if (value === null || value === UNKNOWN || values.includes(String(value))) return []
  return [errorDiagnostic(`expected ${name} to be one of ${values.join(', ')}, got ${value}`, name)]
}
