import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import { readable } from './readable.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(fields: object): Log }

/**
 * On standard output: JSON lines, and on a terminal lines for people. What is logged is chosen field by field;
 * credentials never are.
 */
export function createLog(level: string): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error) => pino.stdSerializers.err(causeOf(error)) },
  }
  return process.stdout.isTTY ? pino(options, forPeople()) : pino(options)
}

function forPeople(): DestinationStream {
  const colours = process.stdout.hasColors() && !process.env.NO_COLOR
  return {
    write(line) {
      process.stdout.write(readable(line, colours))
    },
  }
}

/** An error as text that may be kept: with its stack, without what was to be stored. */
export function plainError(error: unknown): string {
  const plain = error instanceof Error ? causeOf(error) : new Error(String(error))
  return plain.stack ?? plain.message
}
