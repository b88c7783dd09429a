import { DrizzleQueryError } from 'drizzle-orm'
import { type Logger, pino } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(fields: object): Log }

/** JSON lines on standard output. What is logged is chosen field by field; credentials never are. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error) => pino.stdSerializers.err(withoutParameters(error)) },
  })
}

/** An error as text that may be kept: with its stack, without what was to be stored. */
export function plainError(error: unknown): string {
  const plain = error instanceof Error ? withoutParameters(error) : new Error(String(error))
  return plain.stack ?? plain.message
}

/** A failed query's own message quotes its parameters; its cause says what was wrong. */
function withoutParameters(error: Error): Error {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error
}
