import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Context } from 'hono'
import { maintenanceVersion } from '../catalog/catalog.ts'
import { changed } from '../catalog/parameter-changes.ts'
import type { Plan } from '../catalog/plans.ts'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import { currentTarget, type Instance } from '../instances/instance.ts'
import { isDowngrade, nameOf } from '../model/engine-versions.ts'
import type { InstanceContext } from '../model/instance-context.ts'
import type { OperationTarget, SnapshotStep } from '../model/operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { InstanceStatus } from '../operations/operations.ts'
import { acceptedOperation } from './accepted.ts'
import { refuseBroken } from './broken.ts'
import { withVersion } from './engine.ts'
import { OsbError } from './errors.ts'
import { checkMaintenanceInfo } from './maintenance-info.ts'
import type { Osb } from './osb.ts'
import { checkPlanChange } from './plan-change.ts'
import {
  acceptsIncomplete,
  checkService,
  pathId,
  planOf,
  readBody,
  readParameters,
  requireAsync,
  updateBody,
} from './requests.ts'
import { checkSnapshotStep } from './snapshots.ts'

/** PATCH /v2/service_instances/:id. What the request leaves out stays as it is. */
export const update = (osb: Osb) => async (c: Context) => {
  const id = pathId(c, 'instance')
  const body = await readBody(c, updateBody)
  checkService(body.service_id)
  const asked = body.plan_id ? planOf(osb.catalog, body.plan_id) : undefined
  const known = await osb.operations.status(id)
  if (!known) throw new OsbError('unknownInstance')
  const { instance, operation } = known
  const current = currentTarget(instance)
  const before = planOf(osb.catalog, current.planId)
  const plan = asked ?? before
  const given = readParameters(osb.catalog.parameters(plan).update, body.parameters)
  const { rotation, snapshot } = given
  const parameters = withVersion(given.parameters, current.parameters.engineVersion, plan)
  checkMaintenanceInfo(body.maintenance_info)

  const target: OperationTarget = {
    planId: plan.id,
    parameters: changed(current.parameters, parameters, Boolean(before.parameters && !plan.parameters)),
    context: { ...current.context, ...body.context },
    maintenanceVersion,
    updatedAt: new Date().toISOString(),
    ...(rotation ? { rotation: { ...rotation, id: randomUUID() } } : {}),
  }
  if (snapshot) {
    const { context } = target
    const upgrades = Boolean(body.maintenance_info) && current.maintenanceVersion !== maintenanceVersion
    if (upgrades) throw new OsbError('snapshotAlone')
    return changeSnapshot(osb, c, known, plan, { ...current, context, snapshot })
  }
  if (operation.state === 'in progress') return answerRepeat(c, operation, target)
  refuseBroken(known, 'brokenImpossible')
  const from = current.parameters.engineVersion
  const to = target.parameters.engineVersion
  if (isDowngrade(from, to)) throw new OsbError('downgrade', nameOf(from), nameOf(to))
  checkPlanChange(osb, before, plan, target.parameters)

  const tokens = rotation ? openAuthTokens(osb.keyRing, instance) : {}
  if (rotation?.step === 'rotate' && tokens.previous && !rotation.force) {
    throw new OsbError('notRetired', tokens.rotatedAt ?? '')
  }
  // There is nothing to retire: it has been done, or never had to be.
  if (rotation?.step === 'retire' && !tokens.previous && !tokens.pending) delete target.rotation

  const changes = differences(current, target)
  // A maintenance version is brought up to date by request or along with another change, never alone.
  const wanted = changes.filter((change) => change !== 'maintenanceVersion' || body.maintenance_info)
  // After a failed update the same request must be able to mend what is half done.
  if (wanted.length === 0 && operation.state === 'succeeded') return c.json({}, 200)
  const isRename = wanted.length === 1 && wanted[0] === 'context'
  // Without a deploy: one would bring the newest stack along, and nobody has asked for that.
  if (isRename && (operation.state === 'succeeded' || !acceptsIncomplete(c))) {
    await rename(osb, c, instance, target.context)
    return c.json({}, 200)
  }
  requireAsync(c)
  const result = await osb.requests.update(instance, target, c.var.isAwaited)
  const accepted = acceptedOperation(result, (other) => isSame(other, target), 'unknownInstance')
  return c.json({ operation: accepted.id }, 202)
}

/** The instance stays as it is, but for new names: nothing that it could become comes along. */
async function changeSnapshot(
  osb: Osb,
  c: Context,
  known: InstanceStatus,
  plan: Plan,
  target: OperationTarget & { snapshot: SnapshotStep },
) {
  const { instance, operation } = known
  if (operation.state === 'in progress') return answerRepeat(c, operation, target)
  refuseBroken(known, 'brokenImpossible')
  if (plan.id !== target.planId) throw new OsbError('snapshotAlone')
  requireAsync(c)
  await checkSnapshotStep(osb.snapshots, instance, target.snapshot)
  const { context } = target
  if (!isDeepStrictEqual(context, instance.context)) await rename(osb, c, instance, context)
  const result = await osb.requests.update({ ...instance, context }, target, c.var.isAwaited)
  const accepted = acceptedOperation(result, (other) => isSame(other, target), 'unknownInstance')
  return c.json({ operation: accepted.id }, 202)
}

async function rename(osb: Osb, c: Context, instance: Instance, context: InstanceContext): Promise<void> {
  if (!c.var.isAwaited()) throw new OsbError('tooLate')
  if (!(await osb.changes.rename(instance, context))) throw new OsbError('concurrency', 'update')
  await osb.retag(instance, context)
}

/** While something is done to the instance, the same update again is fine; anything else has to wait. */
function answerRepeat(c: Context, operation: Operation, target: OperationTarget) {
  if (!isSame(operation, target)) throw new OsbError('concurrency', operation.type)
  requireAsync(c)
  return c.json({ operation: operation.id }, 202)
}

function isSame(operation: Operation, target: OperationTarget): boolean {
  return operation.type === 'update' && differences(operation.target, target).length === 0
}

const compared = ['planId', 'parameters', 'context', 'maintenanceVersion', 'rotation', 'snapshot'] as const

/** The respects in which two targets differ. */
function differences(before: OperationTarget, after: OperationTarget): (typeof compared)[number][] {
  return compared.filter((name) => !isDeepStrictEqual(withoutId(before[name]), withoutId(after[name])))
}

/** The value without the id, of which every request has its own. */
function withoutId(value: string | object | undefined): unknown {
  return typeof value === 'object' ? { ...value, id: undefined } : value
}
