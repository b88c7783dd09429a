import type { Context } from 'hono'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { deleteQuery, pathId, readQuery, requireAsync } from './requests.ts'

/**
 * DELETE /v2/service_instances/:id. Works any number of times on instances never seen, being created,
 * failed or existing: platforms clean up with it after whatever went wrong.
 */
export const deprovision = (osb: Osb) => async (c: Context) => {
  const id = pathId(c, 'instance')
  readQuery(c, deleteQuery)
  const known = await osb.instances.find(id)
  if (!known) throw new OsbError('goneInstance')
  requireAsync(c)
  // Undefined: something else is in progress, be it the same deletion.
  const operation = (await osb.instances.delete(known.instance)) ?? (await osb.instances.lastOperation(id))
  if (operation?.type !== 'deprovision') throw new OsbError('concurrency', operation?.type ?? 'deprovision')
  if (operation.state === 'succeeded') throw new OsbError('goneInstance')
  return c.json({ operation: operation.id }, 202)
}
