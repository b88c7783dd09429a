import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { OperationTarget } from '../model/operation.ts'
import type { instances } from './tables.ts'

export type Instance = typeof instances.$inferSelect

/** An instance as it is before its first operation. */
export function newInstance(
  given: Pick<Instance, 'id' | 'serviceId' | 'organizationGuid' | 'spaceGuid'>,
  target: OperationTarget,
  adoptedGroup: string | null = null,
): Instance {
  const time = new Date(target.updatedAt)
  return {
    ...given,
    ...target,
    stack: stackName(given.id),
    adoptedGroup,
    outputs: null,
    outputsGeneration: 0,
    missingSince: null,
    authTokens: null,
    authTokensGeneration: 0,
    createdAt: time,
    updatedAt: time,
  }
}

/** An instance as it is now, as something to deploy. */
export function currentTarget(instance: Instance): OperationTarget {
  const { planId, parameters, context, maintenanceVersion, updatedAt } = instance
  return { planId, parameters, context, maintenanceVersion, updatedAt: updatedAt.toISOString() }
}

/** Whether an instance is as it was read before: what was decided about it then still holds. */
export function isUnchanged(before: Instance, now: Instance): boolean {
  return (
    isDeepStrictEqual(currentTarget(before), currentTarget(now)) &&
    before.authTokensGeneration === now.authTokensGeneration
  )
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The name of an instance's stack. Cloud Controller's guids stay as they are, so that operators find
 * them again; any other id becomes a guid made from its hash, since it may hold any characters.
 */
export function stackName(instanceId: string): string {
  if (guid.test(instanceId)) return instanceId
  const hash = createHash('sha256').update(instanceId).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join('-')
}
