import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { causeOf } from '../../state-backend/postgres/cause.ts'
import { readable } from './readable.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(fields: object): Log }

/**
 * On standard output: JSON lines, and on a terminal lines for people. What is logged is chosen field by field;
 * credentials never are. Each line is written at once: it is there if the process dies with the next step, and to
 * hand it to a thread would cost more.
 */
export function createLog(level: string): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error) => pino.stdSerializers.err(causeOf(error)) },
  }
  return pino(options, process.stdout.isTTY ? forPeople() : pino.destination({ sync: true }))
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
