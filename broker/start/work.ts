import { operationsAtOnce } from '../operations/at-once.ts'
import type { Settings } from '../settings/settings.ts'
import type { Rooms } from './rooms.ts'

/** The rooms that work by themselves, beside answering requests. */
type Work = Pick<Rooms, 'upkeep' | 'webhook' | 'worker' | 'drift'>

/** @throws the reason of `told` as soon as it is aborted and a part has started */
export async function startWork(
  { upkeep, webhook, worker, drift }: Work,
  settings: Settings,
  told: AbortSignal,
): Promise<void> {
  await webhook.start()
  await upkeep.start()
  told.throwIfAborted()
  await worker.start({
    operations: operationsAtOnce(settings),
    nodeCountChanges: settings.NODE_COUNT_CHANGES_AT_ONCE,
  })
  await drift.start()
  told.throwIfAborted()
}

/**
 * Stops all of it at once, also what has not started or only half: operations alone have the grace, so that all else
 * must not wait for them. Each is waited for, whatever becomes of the others.
 * @throws the first error
 */
export async function stopWork(
  { upkeep, webhook, worker, drift }: Work,
  graceSeconds: number,
  hurry: AbortSignal,
): Promise<void> {
  const ends = await Promise.allSettled([
    worker.stop(graceSeconds, hurry),
    drift.stop(),
    webhook.stop(),
    upkeep.stop(),
  ])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
