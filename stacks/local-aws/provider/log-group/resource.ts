import { logGroupAttributes } from '../../../log-group/attributes.ts'
import { errorDiagnostic } from '../../plugin/diagnostics.ts'
import type { Resource } from '../../plugin/provider.ts'
import type { Schema } from '../../plugin/schema.ts'
import { describedLogGroup } from '../../service/described-records.ts'
import type { Context } from '../context.ts'
import { recorded } from '../recorded.ts'

/** `aws_cloudwatch_log_group`, complete, as in the AWS provider 6.25.0. */
const schema: Schema = {
  version: 0,
  block: {
    attributes: {
      arn: { type: 'string', computed: true },
      deletion_protection_enabled: { type: 'bool', optional: true, computed: true },
      id: { type: 'string', optional: true, computed: true },
      kms_key_id: { type: 'string', optional: true },
      log_group_class: { type: 'string', optional: true, computed: true },
      name: { type: 'string', optional: true, computed: true },
      name_prefix: { type: 'string', optional: true, computed: true },
      region: { type: 'string', optional: true, computed: true },
      retention_in_days: { type: 'number', optional: true },
      skip_destroy: { type: 'bool', optional: true },
      tags: { type: ['map', 'string'], optional: true },
      tags_all: { type: ['map', 'string'], optional: true, computed: true },
    },
  },
}

const RETENTION = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** `aws_cloudwatch_log_group`, by its name: made-up names are not offered here. */
export function logGroup(context: Context): Resource {
  return recorded(context, {
    kind: 'log-group',
    schema,
    name: 'name',
    attributes: (record) => logGroupAttributes(describedLogGroup(record)),
    computed: ['arn', 'id'],
    defaults: {
      deletion_protection_enabled: false,
      log_group_class: 'STANDARD',
      name_prefix: '',
      retention_in_days: 0,
      skip_destroy: false,
    },
    forceNew: ['name', 'name_prefix', 'log_group_class', 'region'],
    validate({ name, retention_in_days: days }) {
      const problems = []
      if (typeof name !== 'string' || !/^[.\w/#-]{1,512}$/.test(name)) {
        problems.push(errorDiagnostic('"name" must be 1 to 512 letters, digits or any of . - _ / #', 'name'))
      }
      if (typeof days === 'number' && !RETENTION.includes(days)) {
        problems.push(
          errorDiagnostic(
            `expected retention_in_days to be one of ${RETENTION}, got ${days}`,
            'retention_in_days',
          ),
        )
      }
      return problems
    },
  })
}
