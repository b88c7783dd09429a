import type { KnownInstance } from '../instances/instances.ts'
import { OsbError, type RefusalName } from './errors.ts'

/**
 * An instance that never came to be, or that a failed deletion has left without its Redis, is good for
 * nothing but a deletion.
 *
 * @param refusal what the verb calls it
 * @throws OsbError for such an instance
 */
export function refuseBroken({ instance, operation }: KnownInstance, refusal: RefusalName): void {
  if (operation.state === 'in progress') return
  const halfDeleted = operation.type === 'deprovision' && operation.instanceUsable === false
  const what = instance.outputs === null ? 'creation' : halfDeleted ? 'deletion' : undefined
  if (what) throw new OsbError(refusal, `The ${what} of this instance failed. It can only be deleted.`)
}
