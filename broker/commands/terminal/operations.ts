import type { Operation } from '../client/client.ts'
import { table } from './table.ts'

/** Operations of an instance, newest first. */
export function operationsTable(operations: Operation[]): string {
  return table(
    ['OPERATION', 'TYPE', 'STATE', 'ATTEMPTS', 'BEGUN', 'DESCRIPTION'],
    operations.map(({ id, type, state, attempt, createdAt, description }) => [
      id,
      type,
      state,
      String(attempt),
      createdAt,
      description,
    ]),
  )
}

/** The first line with time and attempt; what a program printed below it, indented. */
export function logEntry(entry: { attempt: number; writtenAt: string; text: string }): string {
  const [first, ...rest] = entry.text.trimEnd().split('\n')
  return [
    `${entry.writtenAt} attempt ${entry.attempt}: ${first}`,
    ...rest.map((line) => `    ${line}`.trimEnd()),
    '',
  ].join('\n')
}

/** The name of a queued operation for people. */
export const queued = ({ type, id }: Operation) => `The ${type} is queued: ${id}\n`
