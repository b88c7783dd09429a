import { type Diagnostic, diagnosticOf, errorDiagnostic } from '../../plugin/diagnostics.ts'
import { type ObjectValue, UNKNOWN, type Value } from '../../plugin/values.ts'
import { OPERATIONS, timeout } from './timeouts.ts'

const oneOf =
  (...values: string[]) =>
  (value: Value) =>
    values.includes(String(value)) ? undefined : `expected one of ${values.join(', ')}, got ${value}`

const matches = (format: RegExp, hint: string) => (value: Value) =>
  format.test(String(value)) ? undefined : `${hint}, got ${value}`

const nullableBoolean = oneOf('', 'true', 'false')

/** The provider's checks of a configuration, before any call. The value is known and not null. */
const checks: Record<string, (value: Value) => string | undefined> = {
  at_rest_encryption_enabled: nullableBoolean,
  auto_minor_version_upgrade: nullableBoolean,
  auth_token_update_strategy: oneOf('ROTATE', 'SET', 'DELETE'),
  // The message leaves the token out.
  auth_token: (value) =>
    /^[A-Za-z0-9!&#$^<>-]{16,128}$/.test(String(value))
      ? undefined
      : 'must be 16 to 128 letters, digits or any of ! & # $ ^ < > -',
  cluster_mode: oneOf('enabled', 'disabled', 'compatible'),
  description: (value) => (value === '' ? 'must not be empty' : undefined),
  engine: (value) => oneOf('redis', 'valkey')(String(value).toLowerCase()),
  engine_version: matches(
    /^[1-5](\.\d+){2}$|^6\.x$|^[6-9]\.\d+$/,
    'must be <major>.<minor> for Redis 6 or higher, <major>.<minor>.<patch> for Redis 5 or lower',
  ),
  ip_discovery: oneOf('ipv4', 'ipv6'),
  maintenance_window: matches(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/i,
    'must have the format ddd:hh24:mi-ddd:hh24:mi',
  ),
  network_type: oneOf('ipv4', 'ipv6', 'dual_stack'),
  notification_topic_arn: matches(/^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+$/, 'must be an ARN'),
  replicas_per_node_group: (value) => (Number(value) < 0 ? 'must be at least 0' : undefined),
  replication_group_id: matches(
    /^(?!.*--)[A-Za-z]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$/,
    'must be 1 to 40 letters, digits and hyphens, begin with a letter, not end with a hyphen and not have two in a row',
  ),
  snapshot_retention_limit: (value) => (Number(value) > 35 ? `must be at most 35, got ${value}` : undefined),
  snapshot_window: matches(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
    'must have the format hh24:mi-hh24:mi',
  ),
  transit_encryption_mode: oneOf('preferred', 'required'),
}

const GLOBAL_GROUP_DECIDES = [
  'num_node_groups',
  'parameter_group_name',
  'engine',
  'engine_version',
  'node_type',
  'security_group_names',
  'transit_encryption_enabled',
  'transit_encryption_mode',
  'at_rest_encryption_enabled',
  'snapshot_arns',
  'snapshot_name',
]

const conflicts: [string, string[]][] = [
  ['auth_token', ['user_group_ids']],
  ['num_cache_clusters', ['num_node_groups', 'replicas_per_node_group']],
  ['node_group_configuration', ['preferred_cache_cluster_azs']],
  ['global_replication_group_id', GLOBAL_GROUP_DECIDES],
]

export function validate(config: ObjectValue): Diagnostic[] {
  const isSet = (name: string) => {
    const value = config[name]
    return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
  }
  const problems: Diagnostic[] = []
  for (const [name, check] of Object.entries(checks)) {
    const value = config[name]
    const problem = isSet(name) && value !== UNKNOWN ? check(value as Value) : undefined
    if (problem) problems.push(errorDiagnostic(`"${name}" ${problem}`, name))
  }
  for (const [name, others] of conflicts) {
    const other = isSet(name) && others.find(isSet)
    if (other) problems.push(errorDiagnostic(`"${name}": conflicts with ${other}`, name))
  }
  return [...problems, ...validateLogDelivery(config.log_delivery_configuration), ...validateTimeouts(config)]
}

const logChecks: Record<string, (value: Value) => string | undefined> = {
  destination_type: oneOf('cloudwatch-logs', 'kinesis-firehose'),
  log_format: oneOf('json', 'text'),
  log_type: oneOf('slow-log', 'engine-log'),
}

function validateLogDelivery(configurations: Value | undefined): Diagnostic[] {
  if (!Array.isArray(configurations)) return []
  return configurations.flatMap((configuration) =>
    Object.entries(logChecks).flatMap(([name, check]) => {
      const value = (configuration as ObjectValue)[name] ?? null
      const problem = value === null || value === UNKNOWN ? undefined : check(value)
      return problem ? [errorDiagnostic(`"${name}" ${problem}`, 'log_delivery_configuration')] : []
    }),
  )
}

function validateTimeouts(config: ObjectValue): Diagnostic[] {
  return OPERATIONS.flatMap((operation) => {
    try {
      timeout(config, operation)
      return []
    } catch (error) {
      return [{ ...diagnosticOf(error), attribute: 'timeouts' }]
    }
  })
}
