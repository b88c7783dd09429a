import type { Context } from 'hono'
import { bindingParameters } from '../catalog/parameters.ts'
import { type AuthTokens, openAuthTokens, tokenOf } from '../instances/auth-tokens.ts'
import { credentials } from '../instances/credentials.ts'
import type { Instance } from '../instances/instance.ts'
import { openOutputs } from '../instances/outputs.ts'
import { refuseBroken, refuseGone } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { bindBody, checkService, pathId, planOf, readBody, readParameters, required } from './requests.ts'

/** PUT /v2/service_instances/:id/service_bindings/:binding. Answers from the stored outputs, without terraform. */
export const bind = (osb: Osb) => async (c: Context) => {
  const instanceId = pathId(c, 'instance')
  const id = pathId(c, 'binding')
  const body = await readBody(c, bindBody)
  const predecessorId = body.predecessor_binding_id ?? undefined
  // A rotation takes service and plan from its predecessor.
  if (predecessorId === undefined || body.service_id) checkService(required(body, 'service_id'))
  if (predecessorId === undefined || body.plan_id) planOf(osb.catalog, required(body, 'plan_id'))
  readParameters(bindingParameters, body.parameters)

  const known = await osb.operations.status(instanceId)
  if (!known) throw new OsbError('unknownInstance')
  const { instance, operation } = known
  if (operation.state === 'in progress' && operation.type !== 'update')
    throw new OsbError('concurrency', operation.type)
  refuseBroken(known, 'brokenNotFound')
  refuseGone(known)

  const tokens = openAuthTokens(osb.keyRing, instance)
  const tokenGeneration = tokens.current?.generation ?? 0
  const predecessor =
    predecessorId === undefined ? undefined : await osb.bindings.find(instanceId, predecessorId)
  if (predecessorId !== undefined && !predecessor) throw new OsbError('unknownPredecessor')
  const appGuid = predecessor?.appGuid ?? body.bind_resource?.app_guid ?? body.app_guid ?? null
  // Before the binding is saved: what can't be answered is not bound.
  const answer = bindingBody(osb, instance, tokens, tokenGeneration)
  const isRepeat = predecessor && (await osb.bindings.find(instanceId, id))
  if (predecessor?.tokenGeneration === tokenGeneration && !isRepeat) throw new OsbError('newestAlready')
  if (!c.var.isAwaited()) throw new OsbError('tooLate')
  if (await osb.bindings.create({ id, instanceId, appGuid, tokenGeneration })) return c.json(answer, 201)
  const existing = await osb.bindings.find(instanceId, id)
  // No binding was there first, so it was the instance that went in the meantime.
  if (!existing) throw new OsbError('unknownInstance')
  if (existing.appGuid !== appGuid) throw new OsbError('otherBinding')
  return c.json(bindingBody(osb, instance, tokens, existing.tokenGeneration), 200)
}

/**
 * The same in the answers of PUT and GET.
 * @param tokens of the instance
 * @param tokenGeneration of the credentials that the binding was given
 */
export function bindingBody(osb: Osb, instance: Instance, tokens: AuthTokens, tokenGeneration: number) {
  const outputs = openOutputs(osb.keyRing, instance)
  const password = tokenOf(tokens, tokenGeneration)
  if (!outputs || password === undefined) throw new OsbError('noOutputs')
  const ports = [String(outputs.port)]
  const hosts = [outputs.hostname, ...(outputs.readerHostname ? [outputs.readerHostname] : [])]
  return {
    credentials: credentials({ ...outputs, password }, osb.caCertificate),
    endpoints: hosts.map((host) => ({ host, ports, protocol: 'tcp' })),
  }
}
