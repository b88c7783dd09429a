import type { InstanceParameters } from '../catalog/parameters.ts'
import type { operationLogs, operations } from '../database/schema.ts'
import type { Instance, InstanceContext } from './instance.ts'

export type Operation = typeof operations.$inferSelect

/** A phase of an attempt, or a program that it ran: a first line that says what, and then what it printed. */
export type OperationLogEntry = Pick<typeof operationLogs.$inferSelect, 'attempt' | 'writtenAt' | 'text'>

/**
 * The three that a platform asks for, and one that only operators do: `forget` drops an instance with its state,
 * and leaves its Redis as it is.
 */
export const operationTypes = ['provision', 'update', 'deprovision', 'forget'] as const
export type OperationType = (typeof operationTypes)[number]

/** In the words of the Open Service Broker API. */
export const operationStates = ['in progress', 'succeeded', 'failed'] as const
export type OperationState = (typeof operationStates)[number]

/** What an instance is to be once the operation has succeeded. */
export interface OperationTarget {
  planId: string
  parameters: InstanceParameters
  context: InstanceContext
  maintenanceVersion: string
  /** When it was asked for, ISO 8601. A tag of the AWS resources, so it must not change between deploys. */
  updatedAt: string
  /** Whether an instance whose Redis is gone gets a new, empty one. Only operators ask for that. */
  createAnew?: true
  /** Whether the Redis gets a new password in place of the one that it has. Only operators ask for that. */
  renewPassword?: true
}

/** What an instance is now, as something to deploy. */
export function currentTarget(instance: Instance): OperationTarget {
  const { planId, parameters, context, maintenanceVersion, updatedAt } = instance
  return { planId, parameters, context, maintenanceVersion, updatedAt: updatedAt.toISOString() }
}
