import type { Context } from 'hono'
import type { Instance } from '../instances/instance.ts'
import { openOutputs } from '../instances/outputs.ts'
import { credentials } from '../provisioner/credentials.ts'
import { refuseBroken } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { bindBody, check, checkPlan, checkService, pathId, readObject, readParameters } from './requests.ts'

/** PUT /v2/service_instances/:id/service_bindings/:binding. Answers from the stored outputs, without terraform. */
export const bind = (osb: Osb) => async (c: Context) => {
  const instanceId = pathId(c, 'instance')
  const id = pathId(c, 'binding')
  const given = await readObject(c)
  // First: a request for a rotation needs neither service nor plan.
  if (given.predecessor_binding_id != null) {
    throw new OsbError('rotation')
  }
  const body = check(bindBody, given)
  checkService(body.service_id)
  checkPlan(osb.catalog, body.plan_id)
  readParameters(osb.catalog.parameters.binding, body.parameters)

  const known = await osb.instances.find(instanceId)
  if (!known) throw new OsbError('unknownInstance')
  const { instance, operation } = known
  if (operation.state === 'in progress' && operation.type !== 'update')
    throw new OsbError('concurrency', operation.type)
  refuseBroken(known, 'brokenNotFound')

  // Before the binding is saved: what can't be answered is not bound.
  const answer = bindingBody(osb, instance)
  const appGuid = body.bind_resource?.app_guid ?? body.app_guid ?? null
  if (await osb.bindings.create({ id, instanceId, appGuid })) return c.json(answer, 201)
  const existing = await osb.bindings.find(instanceId, id)
  // No binding was there first, so it was the instance that went in the meantime.
  if (!existing) throw new OsbError('unknownInstance')
  if (existing.appGuid !== appGuid) throw new OsbError('otherBinding')
  return c.json(answer, 200)
}

/** The same in the answers of PUT and GET. */
export function bindingBody(osb: Osb, instance: Instance) {
  const outputs = openOutputs(osb.keyRing, instance)
  if (!outputs) throw new OsbError('noOutputs')
  const ports = [String(outputs.port)]
  const hosts = [outputs.hostname, ...(outputs.readerHostname ? [outputs.readerHostname] : [])]
  return {
    credentials: credentials(outputs, osb.caCertificate),
    endpoints: hosts.map((host) => ({ host, ports, protocol: 'tcp' })),
  }
}
