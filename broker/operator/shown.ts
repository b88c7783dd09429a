import type { DriftCheck } from '../drift/records.ts'
import type { Operation } from '../instances/operation.ts'

/** What operators get to see of an operation. */
export function shownOperation(operation: Operation) {
  const { id, instanceId, type, state, description, detail, attempt, createdAt, startedAt, finishedAt } =
    operation
  return {
    id,
    instance: instanceId,
    type,
    state,
    description,
    detail,
    attempt,
    createdAt,
    startedAt,
    finishedAt,
  }
}

/** What operators get to see of a drift check. */
export function shownCheck({ state, findings, message, checkedAt, durationMilliseconds }: DriftCheck) {
  return { state, findings, message, checkedAt, durationMilliseconds }
}
