import { isDeepStrictEqual } from 'node:util'
import type { Context } from 'hono'
import { maintenanceVersion } from '../catalog/catalog.ts'
import { changed } from '../catalog/parameter-changes.ts'
import { type Instance, newInstance } from '../instances/instance.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'
import type { OperationTarget } from '../model/operation.ts'
import type { RestoreRequest } from '../model/snapshots.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import { acceptedOperation } from './accepted.ts'
import { refuseBroken } from './broken.ts'
import { withVersion } from './engine.ts'
import { OsbError } from './errors.ts'
import { checkMaintenanceInfo } from './maintenance-info.ts'
import type { Osb } from './osb.ts'
import {
  checkService,
  pathId,
  planOf,
  provisionBody,
  readBody,
  readParameters,
  requireAsync,
} from './requests.ts'
import { restored } from './snapshots.ts'

/** PUT /v2/service_instances/:id */
export const provision = (osb: Osb) => async (c: Context) => {
  const id = pathId(c, 'instance')
  const body = await readBody(c, provisionBody)
  checkService(body.service_id)
  const plan = planOf(osb.catalog, body.plan_id)
  const { parameters: given, restore } = readParameters(osb.catalog.parameters(plan).create, body.parameters)
  const parameters = withVersion(given, plan.defaultEngineVersion, plan)
  checkMaintenanceInfo(body.maintenance_info)

  const target: OperationTarget = {
    planId: body.plan_id,
    parameters: changed({ engineVersion: plan.defaultEngineVersion }, parameters),
    context: body.context ?? {},
    maintenanceVersion,
    updatedAt: new Date().toISOString(),
  }
  const wanted = newInstance(
    {
      id,
      serviceId: body.service_id,
      organizationGuid: body.organization_guid,
      spaceGuid: body.space_guid,
    },
    target,
  )

  const status = await osb.operations.status(id)
  const hasVersion = parameters.engineVersion !== undefined
  const repeated = (found: InstanceStatus | undefined) =>
    answerRepeat(c, found, { wanted, restore, hasVersion })
  if (status) return repeated(status)
  requireAsync(c)
  const instance = restore
    ? { ...wanted, parameters: await restored(osb.snapshots, restore, wanted, plan, hasVersion) }
    : wanted
  const result = await osb.requests.create(instance, c.var.isAwaited)
  if (result.outcome === 'stack taken') throw new OsbError('stackTaken')
  if (result.outcome === 'exists') return repeated(await osb.operations.status(id))
  const operation = acceptedOperation(result, () => false, 'unknownInstance')
  return c.json({ operation: operation.id }, 202)
}

interface Asked {
  wanted: Instance
  restore: RestoreRequest | undefined
  /** Whether the request says its version. */
  hasVersion: boolean
}

/** A request for an instance that is there already: the same again is fine, anything else is not. */
function answerRepeat(
  c: Context,
  status: InstanceStatus | undefined,
  { wanted, restore, hasVersion }: Asked,
) {
  // Gone between two looks: a deletion ended at this moment.
  if (!status) throw new OsbError('concurrency', 'deprovision')
  const { instance, operation } = status
  const inProgress = operation.state === 'in progress'
  const isGoing = operation.type === 'deprovision' || operation.type === 'forget'
  if (isGoing && inProgress) throw new OsbError('concurrency', operation.type)
  // The snapshot that was meant may be gone by now, and its version with it.
  const own = ({ restoredFrom, engineVersion, ...others }: InstanceParameters) =>
    restore && !hasVersion ? others : { ...others, engineVersion }
  const same =
    instance.serviceId === wanted.serviceId &&
    instance.organizationGuid === wanted.organizationGuid &&
    instance.spaceGuid === wanted.spaceGuid &&
    instance.planId === wanted.planId &&
    isDeepStrictEqual(instance.parameters.restoredFrom?.request, restore) &&
    isDeepStrictEqual(own(instance.parameters), own(wanted.parameters))
  if (!same) throw new OsbError('otherInstance')
  if (operation.type === 'provision' && inProgress) {
    requireAsync(c)
    return c.json({ operation: operation.id }, 202)
  }
  if (inProgress) throw new OsbError('concurrency', 'update')
  refuseBroken(status, 'brokenConflict')
  return c.json({}, 200)
}
