import { createLog, type Log } from '../../broker/logging/log.ts'

/** A log that keeps the fields and the messages of its errors and its news, and writes nothing. */
export function recordedLog(): { log: Log; lines: [object, string | undefined][] } {
  const lines: [object, string | undefined][] = []
  const record = (fields: object, message?: string) => void lines.push([fields, message])
  return { log: Object.assign(createLog('silent'), { info: record, warn: record, error: record }), lines }
}
