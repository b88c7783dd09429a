import type { Context } from 'hono'
import { concurrency, OsbError } from './errors.ts'
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
  if (!known) throw new OsbError('gone', 'There is no instance of this id (any more).')
  requireAsync(c)
  const { instance, operation } = known
  if (operation.state === 'in progress' && operation.type === 'deprovision') {
    return c.json({ operation: operation.id }, 202)
  }
  const begun = await osb.instances.delete(instance)
  if (begun) return c.json({ operation: begun.id }, 202)
  // Either an update is in progress, or the same request came twice at once.
  const now = await osb.instances.lastOperation(id)
  if (now?.type === 'deprovision' && now.state === 'in progress') return c.json({ operation: now.id }, 202)
  throw concurrency('updated')
}
