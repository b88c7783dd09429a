import type { Context } from 'hono'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { deleteQuery, pathId, readQuery } from './requests.ts'

/** DELETE /v2/service_instances/:id/service_bindings/:binding */
export const unbind = (osb: Osb) => async (c: Context) => {
  readQuery(c, deleteQuery)
  const deleted = await osb.bindings.delete(pathId(c, 'instance'), pathId(c, 'binding'))
  if (!deleted) throw new OsbError('goneBinding')
  return c.json({})
}
