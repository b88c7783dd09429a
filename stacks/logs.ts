import { CloudwatchLogGroup, type Construct } from './cdktf.ts'

interface LogSpec {
  /** CloudWatch takes certain numbers only. */
  retentionDays: number
  /** ARN of the key that the log is encrypted with; CloudWatch's own by default. */
  kmsKeyId?: string | undefined
  format: 'json' | 'text'
}

export interface LogsSpec {
  slow?: LogSpec | undefined
  engine?: LogSpec | undefined
}

interface Spec {
  replicationGroupId: string
  engineVersion: string
  logs: LogsSpec
  tags: Record<string, string>
}

/** From which version on AWS delivers them. */
const since = { slow: 6, engine: 6.2 }

/** Those that AWS delivers for the version. */
function logsOf({ replicationGroupId, engineVersion, logs }: Spec) {
  const version = Number.parseFloat(engineVersion)
  return (['slow', 'engine'] as const).flatMap((kind) => {
    const log = logs[kind]
    if (!log || version < since[kind]) return []
    return [{ kind, log, id: `${kind}_log`, name: `/aws/elasticache/${replicationGroupId}/${kind}-log` }]
  })
}

/** Where Terraform has them, by AWS's names for them. */
export function logGroupPlaces(spec: Spec): Record<string, string> {
  return Object.fromEntries(logsOf(spec).map(({ id, name }) => [`aws_cloudwatch_log_group.${id}`, name]))
}

/** Log groups of the instance's own. @returns what the replication group has to know of them */
export function addLogs(scope: Construct, spec: Spec) {
  return logsOf(spec).map(({ kind, log, id, name }) => {
    const group = new CloudwatchLogGroup(scope, id, {
      name,
      retentionInDays: log.retentionDays,
      ...(log.kmsKeyId ? { kmsKeyId: log.kmsKeyId } : {}),
      tags: spec.tags,
      // So it goes only after the Redis has stopped to write into it.
      lifecycle: { createBeforeDestroy: true },
    })
    return {
      destination: group.name,
      destinationType: 'cloudwatch-logs',
      logFormat: log.format,
      logType: `${kind}-log`,
    }
  })
}
