import type { Log } from '../logging/log.ts'
import type { DriftCheck, NewCheck } from './records.ts'

/** Logs a change of the drift state. A first check that finds nothing is no news. */
export function logChange(
  log: Log,
  { instanceId, state, findings, message }: NewCheck,
  before?: DriftCheck,
): void {
  if (state === (before?.state ?? 'clean')) return
  const fields = { instance: instanceId, state, before: before?.state, findings, error: message ?? undefined }
  log.warn(fields, `drift state of ${instanceId} was ${before?.state ?? 'unchecked'}, is ${state}`)
}
