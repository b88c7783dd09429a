import { type Logger, pino } from 'pino'
import { causeOf } from '../../state-backend/postgres/cause.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(fields: object): Log }

/** JSON lines on standard output. What is logged is chosen field by field; credentials never are. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error) => pino.stdSerializers.err(causeOf(error)) },
  })
}

/** An error as text that may be kept: with its stack, without what was to be stored. */
export function plainError(error: unknown): string {
  const plain = error instanceof Error ? causeOf(error) : new Error(String(error))
  return plain.stack ?? plain.message
}
