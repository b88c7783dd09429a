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

/** Log groups of the instance's own. @returns what the replication group has to know of them */
export function addLogs(scope: Construct, spec: Spec) {
  const version = Number.parseFloat(spec.engineVersion)
  return (['slow', 'engine'] as const).flatMap((kind) => {
    const log = spec.logs[kind]
    if (!log || version < since[kind]) return []
    const group = new CloudwatchLogGroup(scope, `${kind}_log`, {
      name: `/aws/elasticache/${spec.replicationGroupId}/${kind}-log`,
      retentionInDays: log.retentionDays,
      ...(log.kmsKeyId ? { kmsKeyId: log.kmsKeyId } : {}),
      tags: spec.tags,
    })
    return [
      {
        destination: group.name,
        destinationType: 'cloudwatch-logs',
        logFormat: log.format,
        logType: `${kind}-log`,
      },
    ]
  })
}
