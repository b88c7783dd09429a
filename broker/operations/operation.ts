import { getTableColumns } from 'drizzle-orm'
import { nameOf } from '../model/engine-versions.ts'
import { type operationLogs, operations } from './tables.ts'

const { detail, ...columns } = getTableColumns(operations)

/** All columns but the `detail`, which may be long: only what operators are shown has that. */
export const operationColumns = columns

/** With the whole story of a failure, for operators. */
export type OperationRecord = typeof operations.$inferSelect

export type Operation = Omit<OperationRecord, 'detail'>

/** A phase of an attempt, or a program that it ran: a first line that says what, and then what it printed. */
export type OperationLogEntry = Pick<typeof operationLogs.$inferSelect, 'attempt' | 'writtenAt' | 'text'>

/** The description of an operation that has succeeded, for the record that operators see. */
export function doneBy({ type, target }: Operation): string {
  const { rotation, snapshot, createAnew, parameters } = target
  if (rotation?.step === 'retire') return 'done: the old credentials have ended'
  if (rotation) return `done: new credentials${rotation.force ? ', by force' : ''}`
  if (snapshot)
    return `done: the snapshot ${snapshot.name} ${snapshot.step === 'create' ? 'taken' : 'deleted'}`
  if (createAnew) return `done: a new ${nameOf(parameters.engineVersion)} for one that was gone`
  return type === 'provision' || type === 'update' ? `done: ${nameOf(parameters.engineVersion)}` : 'done'
}
