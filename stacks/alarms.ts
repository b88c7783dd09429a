import { CloudwatchMetricAlarm, type Construct, type ElasticacheReplicationGroup } from './cdktf.ts'

/** Where each alarm rings, and at which topic. */
export interface AlarmsSpec {
  /** ARN of an SNS topic. */
  topic: string
  memoryPercent: number
  /** More keys than these, evicted in five minutes. */
  evictions: number
  cpuPercent: number
  connections: number
  replicationLagSeconds: number
}

interface Spec {
  replicationGroupId: string
  nodes: number
  alarms?: AlarmsSpec
  tags: Record<string, string>
}

/** Seconds. */
const period = 300

interface Alarm {
  metric: string
  statistic: 'Average' | 'Maximum' | 'Sum'
  threshold: number
  /** How many periods in a row. */
  periods: number
  means: string
}

/** Alarms for every node: CloudWatch has no metrics of a group as a whole. */
export function addAlarms(scope: Construct, spec: Spec, group: ElasticacheReplicationGroup): void {
  if (!spec.alarms) return
  const { topic } = spec.alarms
  for (const [name, alarm] of Object.entries(alarmsOf(spec.alarms, spec.nodes))) {
    new CloudwatchMetricAlarm(scope, `alarm_${name}`, {
      count: spec.nodes,
      alarmName: `${spec.replicationGroupId}-${name.replace('_', '-')}-\${count.index + 1}`,
      alarmDescription: alarm.means,
      namespace: 'AWS/ElastiCache',
      metricName: alarm.metric,
      // AWS names the nodes. While one is lost, the name that it should have stands for it.
      dimensions: {
        CacheClusterId: `\${try(sort(${group.fqn}.member_clusters)[count.index], format("%s-%03d", "${spec.replicationGroupId}", count.index + 1))}`,
      },
      statistic: alarm.statistic,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: alarm.threshold,
      period,
      evaluationPeriods: alarm.periods,
      alarmActions: [topic],
      okActions: [topic],
      tags: spec.tags,
    })
  }
}

function alarmsOf(spec: AlarmsSpec, nodes: number): Record<string, Alarm> {
  const ofLoad = { statistic: 'Average', periods: 3 } as const
  return {
    memory: {
      ...ofLoad,
      metric: 'DatabaseMemoryUsagePercentage',
      threshold: spec.memoryPercent,
      means: 'The memory for data is nearly full.',
    },
    evictions: {
      metric: 'Evictions',
      statistic: 'Sum',
      periods: 1,
      threshold: spec.evictions,
      means: 'Keys are evicted, because the memory is full.',
    },
    cpu: {
      ...ofLoad,
      metric: 'EngineCPUUtilization',
      threshold: spec.cpuPercent,
      means: 'The engine is nearly as busy as it can be.',
    },
    connections: {
      ...ofLoad,
      metric: 'CurrConnections',
      threshold: spec.connections,
      means: 'Many clients are connected at once.',
    },
    ...(nodes > 1 && {
      replication_lag: {
        metric: 'ReplicationLag',
        statistic: 'Maximum',
        periods: 3,
        threshold: spec.replicationLagSeconds,
        means: 'A replica is behind the primary.',
      } as const,
    }),
  }
}
