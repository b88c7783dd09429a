import type { Attribute, AttributeType, Schema } from '../../plugin/schema.ts'

const optional = (type: AttributeType, ...names: string[]): Record<string, Attribute> =>
  Object.fromEntries(names.map((name) => [name, { type, optional: true }]))
const required = (type: AttributeType, ...names: string[]): Record<string, Attribute> =>
  Object.fromEntries(names.map((name) => [name, { type, required: true }]))
const optionalComputed = (type: AttributeType, ...names: string[]): Record<string, Attribute> =>
  Object.fromEntries(names.map((name) => [name, { type, optional: true, computed: true }]))

/** `aws_cloudwatch_metric_alarm`, complete, as in the AWS provider 6.25.0. */
export const schema: Schema = {
  version: 1,
  block: {
    attributes: {
      arn: { type: 'string', computed: true },
      ...required('string', 'alarm_name', 'comparison_operator'),
      ...required('number', 'evaluation_periods'),
      ...optional('bool', 'actions_enabled'),
      ...optional(['set', 'string'], 'alarm_actions', 'insufficient_data_actions', 'ok_actions'),
      ...optional('number', 'datapoints_to_alarm', 'period', 'threshold'),
      ...optional(['map', 'string'], 'dimensions', 'tags'),
      ...optional(
        'string',
        'alarm_description',
        'extended_statistic',
        'metric_name',
        'namespace',
        'statistic',
        'threshold_metric_id',
        'treat_missing_data',
        'unit',
      ),
      ...optionalComputed('string', 'evaluate_low_sample_count_percentiles', 'id', 'region'),
      ...optionalComputed(['map', 'string'], 'tags_all'),
    },
    blocks: {
      metric_query: {
        nesting: 'SET',
        block: {
          attributes: {
            ...required('string', 'id'),
            ...optional('string', 'account_id', 'expression', 'label'),
            ...optional('number', 'period'),
            ...optional('bool', 'return_data'),
          },
          blocks: {
            metric: {
              nesting: 'LIST',
              maxItems: 1,
              block: {
                attributes: {
                  ...required('string', 'metric_name', 'stat'),
                  ...required('number', 'period'),
                  ...optional('string', 'namespace', 'unit'),
                  ...optional(['map', 'string'], 'dimensions'),
                },
              },
            },
          },
        },
      },
    },
  },
}
