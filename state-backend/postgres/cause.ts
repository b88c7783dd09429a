import { DrizzleQueryError } from 'drizzle-orm'

/**
 * The cause of an error, as one that may be told. A failed query's own message quotes its parameters, and
 * Node's has no words when none of a host's addresses answers.
 */
export function causeOf(error: Error): Error {
  if (error instanceof DrizzleQueryError) return causeOf(error.cause ?? new Error('A query failed.'))
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return causeOf(error.errors[0])
  return error
}
