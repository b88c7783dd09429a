import { setTimeout as sleep } from 'node:timers/promises'
import { readBehaviour } from '../service/behaviour.ts'
import { type FaultName, isFault } from '../service/faults.ts'
import type { Context } from './context.ts'

/** For so long an object that is in use is asked again. */
const RETRY_MILLISECONDS = 3 * 60_000

/** Whether an error of `calling` says that the object is not there. */
export function isGone(error: unknown, fault: FaultName): boolean {
  return isFault(error instanceof Error ? error.cause : undefined, fault)
}

/** Repeats a deletion that is refused as long as something uses the object. */
export async function whenFree<T>(
  context: Context,
  inUse: FaultName,
  call: () => T | Promise<T>,
): Promise<T> {
  const deadline = Date.now() + RETRY_MILLISECONDS
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isFault(error, inUse) || Date.now() > deadline || context.interrupted.aborted) throw error
    }
    await sleep(readBehaviour(context.elastiCache.service.database).pollMilliseconds)
  }
}
