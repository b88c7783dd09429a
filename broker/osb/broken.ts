import { isHalfDeletion } from '../model/operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import { OsbError } from './errors.ts'

/**
 * An instance that never came to be, or that a failed deletion has left without its Redis, is good for
 * nothing but a deletion.
 *
 * @param refusal the verb's own
 * @throws OsbError for such an instance
 */
export function refuseBroken(
  { instance, operation }: InstanceStatus,
  refusal: 'brokenNotFound' | 'brokenConflict' | 'brokenImpossible',
): void {
  if (operation.state === 'in progress') return
  const what = instance.outputs === null ? 'creation' : isHalfDeletion(operation) ? 'deletion' : undefined
  if (what) throw new OsbError(refusal, what)
}

/**
 * Credentials of a Redis that is known to be gone are of no use to anybody: an update has failed for it, or a later
 * check has missed it.
 *
 * @throws OsbError for such an instance
 */
export function refuseGone(known: InstanceStatus): void {
  if (isGone(known)) throw new OsbError('redisGone')
}

/** Whether the Redis of an instance is gone from AWS, as far as the records tell. */
export function isGone({ instance, operation }: InstanceStatus): boolean {
  const updateFoundNone =
    operation.type === 'update' && operation.state === 'failed' && operation.instanceUsable === false
  return updateFoundNone || instance.missingSince !== null
}
