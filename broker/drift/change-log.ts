import type { Log } from '../logging/log.ts'
import type { DriftCheck, NewCheck } from './records.ts'

/** Tells of a drift state that is another one than before; that a first check finds nothing is no news. */
export function logChange(
  log: Log,
  { instanceId, state, findings, message }: NewCheck,
  before?: DriftCheck,
): void {
  if (state === (before?.state ?? 'clean')) return
  const fields = { instance: instanceId, state, before: before?.state, findings, error: message ?? undefined }
  log.warn(fields, `drift state of ${instanceId} was ${before?.state ?? 'unchecked'}, is ${state}`)
}
