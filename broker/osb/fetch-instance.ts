import type { Context } from 'hono'
import { concurrency, OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { pathId } from './requests.ts'

/** GET /v2/service_instances/:id */
export const fetchInstance = (osb: Osb) => async (c: Context) => {
  const known = await osb.instances.find(pathId(c, 'instance'))
  // Still being created, or never finished: for the platform it is not there yet.
  if (!known || known.instance.outputs === null) {
    throw new OsbError('notFound', 'There is no instance of this id, or it is still being created.')
  }
  const { instance, operation } = known
  if (operation.state === 'in progress') throw concurrency(operation.type)
  return c.json({
    service_id: instance.serviceId,
    plan_id: instance.planId,
    parameters: instance.parameters,
    maintenance_info: { version: instance.maintenanceVersion },
  })
}
