import type { InstanceStatus } from '../operations/operations.ts'

/** Why an instance is not looked at now. */
export function leftOut({ instance, operation }: InstanceStatus): string | undefined {
  if (operation.state === 'in progress') return `an operation runs (${operation.type})`
  return instance.outputs ? undefined : 'it was never created to the end'
}
