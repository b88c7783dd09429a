import type { OperationTarget } from '../../broker/model/operation.ts'

/** A target for tests that do not care about it. */
export const anyTarget: OperationTarget = {
  planId: 'plan',
  parameters: { engineVersion: '6.2' },
  context: {},
  maintenanceVersion: '1.0.0',
  updatedAt: '2026-11-23T09:00:00.000Z',
}
