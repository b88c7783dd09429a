import type { Context } from 'hono'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { refuseBroken } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { pathId } from './requests.ts'
import { shownRotation } from './rotation.ts'

/** GET /v2/service_instances/:id */
export const fetchInstance = (osb: Osb) => async (c: Context) => {
  const known = await osb.operations.status(pathId(c, 'instance'))
  if (!known) throw new OsbError('unknownInstance')
  const { instance, operation } = known
  if (operation.state === 'in progress') {
    throw operation.type === 'provision'
      ? new OsbError('beingCreated')
      : new OsbError('concurrency', operation.type)
  }
  // Never finished: for the platform it is not there. What is half deleted still is.
  if (instance.outputs === null) refuseBroken(known, 'brokenNotFound')
  const { tuning, ...parameters } = instance.parameters
  return c.json({
    service_id: instance.serviceId,
    plan_id: instance.planId,
    parameters: { ...parameters, ...tuning, ...shownRotation(openAuthTokens(osb.keyRing, instance)) },
    maintenance_info: { version: instance.maintenanceVersion },
  })
}
