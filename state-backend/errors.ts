/**
 * Every reason to refuse a request, and its HTTP status. Terraform shows its user the status of a refused
 * write and nothing of the body, so different reasons have different numbers where HTTP has them.
 */
export const REFUSALS = {
  /** Not JSON, not a state, a wrong checksum, a bad stack name, bad lock info. */
  malformed: 400,
  unauthenticated: 401,
  /** Another stack's credentials, read-only ones, or those of an attempt that is over. */
  forbidden: 403,
  notFound: 404,
  /** Another lineage, an older serial, or the same serial with other content. */
  conflict: 409,
  tooLarge: 413,
  /** Somebody else holds the lock. */
  locked: 423,
  /** A write without taking the lock first. */
  lockRequired: 428,
  /** More requests at once than the limit; terraform tries again by itself. */
  busy: 503,
} as const

export type Refusal = keyof typeof REFUSALS

/** A refusal with its reason in one or two sentences, free of secrets. Nothing was changed. */
export class StateBackendError extends Error {
  override name = 'StateBackendError'
  readonly reason: Refusal

  constructor(reason: Refusal, message: string) {
    super(message)
    this.reason = reason
  }
}
