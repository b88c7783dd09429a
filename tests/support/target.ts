import type { OperationTarget } from '../../broker/model/operation.ts'

/** What an instance is to be, where a test does not care. */
export const anyTarget: OperationTarget = {
  planId: 'plan',
  parameters: { engineVersion: '6.2' },
  context: {},
  maintenanceVersion: '1.0.0',
  updatedAt: '2026-11-23T09:00:00.000Z',
}
