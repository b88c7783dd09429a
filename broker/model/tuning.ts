/** Parameters of Redis that users may choose, by the names that users know them by. */
export interface Tuning {
  maxmemoryPolicy?: string
  notifyKeyspaceEvents?: string
  /** Seconds; 0 for never. */
  timeout?: number
  /** Microseconds; -1 for none. */
  slowlogLogSlowerThan?: number
}

export type TuningName = keyof Tuning

/** Their names in ElastiCache and Redis. */
const redisNames: Record<TuningName, string> = {
  maxmemoryPolicy: 'maxmemory-policy',
  notifyKeyspaceEvents: 'notify-keyspace-events',
  timeout: 'timeout',
  slowlogLogSlowerThan: 'slowlog-log-slower-than',
}

export const tuningNames = Object.keys(redisNames) as TuningName[]

/** A parameter group's values out of what users have chosen. */
export function redisParameters(tuning: Tuning): Record<string, string> {
  return Object.fromEntries(
    tuningNames.flatMap((name) => {
      const value = tuning[name]
      return value === undefined ? [] : [[redisNames[name], String(value)]]
    }),
  )
}

export const maxmemoryPolicies = [
  'volatile-lru',
  'allkeys-lru',
  'volatile-lfu',
  'allkeys-lfu',
  'volatile-random',
  'allkeys-random',
  'volatile-ttl',
  'noeviction',
] as const
