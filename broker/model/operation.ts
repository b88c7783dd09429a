import type { InstanceContext } from './instance-context.ts'
import type { InstanceParameters } from './instance-parameters.ts'

/**
 * The three that a platform asks for, and one that only operators do: `forget` drops an instance with its state,
 * and leaves its Redis as it is.
 */
export const operationTypes = ['provision', 'update', 'deprovision', 'forget'] as const
export type OperationType = (typeof operationTypes)[number]

/** In the words of the Open Service Broker API. */
export const operationStates = ['in progress', 'succeeded', 'failed'] as const
export type OperationState = (typeof operationStates)[number]

/**
 * Whether an operation is a deletion that has failed half-way, or was cancelled there: what is left of its instance can
 * only be deleted.
 */
export function isHalfDeletion({
  type,
  state,
  instanceUsable,
}: {
  type: OperationType
  state: OperationState
  instanceUsable: boolean | null
}): boolean {
  return type === 'deprovision' && state === 'failed' && instanceUsable === false
}

/** The instance as it is to be once the operation has succeeded. */
export interface OperationTarget {
  planId: string
  parameters: InstanceParameters
  context: InstanceContext
  maintenanceVersion: string
  /** When it was asked for, ISO 8601. A tag of the AWS resources, so it must not change between deploys. */
  updatedAt: string
  /** Whether an instance whose Redis is gone gets a new, empty one. Only operators ask for that. */
  createAnew?: true
  /** A step of a rotation of its credentials. */
  rotation?: RotationStep
  /** A snapshot that is taken or deleted: the instance stays as it is. */
  snapshot?: SnapshotStep
}

/** `rotate` adds new credentials beside those that work; `retire` ends the ones before. */
export interface RotationStep {
  step: 'rotate' | 'retire'
  /** Of the request, so that a repeated operation does not take the step a second time. */
  id: string
  /** Even if that ends credentials which have not been retired. */
  force?: true
}

export interface SnapshotStep {
  step: 'create' | 'delete'
  /** As its user calls it. */
  name: string
}
