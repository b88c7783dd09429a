import type { KnownInstance } from '../instances/instances.ts'
import { OsbError, type RefusalName } from './errors.ts'

/**
 * An instance whose creation or deletion has failed is good for nothing but a deletion.
 *
 * @param refusal what the verb calls it
 * @throws OsbError for such an instance
 */
export function refuseBroken({ instance, operation }: KnownInstance, refusal: RefusalName): void {
  if (operation.state === 'in progress') return
  const what =
    operation.type === 'deprovision' ? 'deletion' : instance.outputs === null ? 'creation' : undefined
  if (what) throw new OsbError(refusal, `The ${what} of this instance failed. It can only be deleted.`)
}
