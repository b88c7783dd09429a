import type { Context } from 'hono'
import { acceptedOperation } from './accepted.ts'
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
  const status = await osb.operations.status(id)
  if (!status) throw new OsbError('goneInstance')
  requireAsync(c)
  const result = await osb.requests.delete(status.instance, c.var.isAwaited)
  const operation = acceptedOperation(result, ({ type }) => type === 'deprovision', 'goneInstance')
  return c.json({ operation: operation.id }, 202)
}
