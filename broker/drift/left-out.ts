import type { InstanceStatus } from '../operations/operations.ts'

/** The reason not to look at an instance now; undefined when it can be looked at. */
export function leftOut({ instance, operation }: InstanceStatus): string | undefined {
  if (operation.state === 'in progress') return `an operation runs (${operation.type})`
  return instance.outputs ? undefined : 'it was never created to the end'
}
