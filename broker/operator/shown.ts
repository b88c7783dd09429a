import { type Catalog, maintenanceVersion } from '../catalog/catalog.ts'
import type { DriftCheck } from '../drift/records.ts'
import { named } from '../drift/report.ts'
import type { Operation, OperationRecord } from '../operations/operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'

/** An instance among others, as operators see it. @param check the last one; undefined before any */
export function shownInstance(
  catalog: Catalog,
  { instance, operation }: InstanceStatus,
  check: DriftCheck | undefined,
) {
  return {
    ...named(instance),
    plan: catalog.plan(instance.planId)?.name ?? instance.planId,
    engineVersion: instance.parameters.engineVersion,
    operation: shownOperation(operation),
    /** Whether this version of the broker has another stack for it. */
    upgradable: instance.maintenanceVersion !== maintenanceVersion,
    driftState: check?.state ?? 'unchecked',
    driftCheckedAt: check?.checkedAt ?? null,
  }
}

/** An operation as operators see it. */
export function shownOperation(operation: Operation) {
  const { id, instanceId: instance, type, state, description, instanceUsable } = operation
  const { attempt, createdAt, startedAt, finishedAt } = operation
  return { id, instance, type, state, description, instanceUsable, attempt, createdAt, startedAt, finishedAt }
}

/** An operation among those of its instance, with the whole story of a failure. */
export function shownRecord(operation: OperationRecord) {
  return { ...shownOperation(operation), detail: operation.detail }
}

/** A drift check as operators see it. */
export function shownCheck({ state, findings, message, checkedAt, durationMilliseconds }: DriftCheck) {
  return { state, findings, message, checkedAt, durationMilliseconds }
}
