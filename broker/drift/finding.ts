/**
 * The drift state of an instance.
 *
 * - `clean`: a deploy would change nothing.
 * - `drifted`: the world changed behind the state's back, and a deploy would act on it.
 * - `pending`: the stack would change something: its code, the settings or the catalog are newer.
 * - `missing`: the Redis is gone. What is gone beside it is drift: the next deploy makes it anew.
 * - `error`: it could not be found out.
 */
export const driftStates = ['clean', 'drifted', 'pending', 'missing', 'error'] as const
export type DriftState = (typeof driftStates)[number]

/** One difference. Sensitive values are never in it, only that they changed. */
export interface Finding {
  /** Who changed: the world (drift), or the stack (a pending change). */
  cause: 'world' | 'stack'
  /** Its address in the stack, such as `aws_elasticache_replication_group.redis` or `output.hostname`. */
  resource: string
  /** The change of the resource: one that somebody made on AWS, or one that a deploy would make. */
  change: 'changed' | 'gone' | 'created' | 'replaced' | 'deleted'
  /** `node_type`, `tags.Owner`. Absent when it is about the resource as a whole. */
  attribute?: string
  /** In the state. */
  before?: unknown
  /** In the world, or after the next deploy; absent when only AWS will know. */
  after?: unknown
  sensitive?: true
  /** The resource would be replaced because of it. */
  replaces?: true
}
