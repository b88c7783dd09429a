import type { Context } from 'hono'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { bindingBody } from './bind.ts'
import { refuseBroken, refuseGone } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { pathId } from './requests.ts'

/** GET /v2/service_instances/:id/service_bindings/:binding */
export const fetchBinding = (osb: Osb) => async (c: Context) => {
  const instanceId = pathId(c, 'instance')
  const known = await osb.operations.status(instanceId)
  const binding = known && (await osb.bindings.find(instanceId, pathId(c, 'binding')))
  if (!binding) throw new OsbError('unknownBinding')
  refuseBroken(known, 'brokenNotFound')
  refuseGone(known)
  const tokens = openAuthTokens(osb.keyRing, known.instance)
  return c.json(bindingBody(osb, known.instance, tokens, binding.tokenGeneration))
}
