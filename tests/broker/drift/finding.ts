export const redis = 'aws_elasticache_replication_group.redis'

/** A difference that came from the world. */
export function finding(attribute: string, before: unknown, after: unknown) {
  return { cause: 'world', resource: redis, change: 'changed', attribute, before, after }
}
