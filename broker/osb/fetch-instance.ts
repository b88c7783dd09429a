import type { Context } from 'hono'
import { openAuthTokens } from '../instances/auth-tokens.ts'
import type { Instance } from '../instances/instance.ts'
import { openOutputs } from '../instances/outputs.ts'
import { ifReadable } from '../instances/sealed.ts'
import { engineOf, nameOf, numberOf, supportWarning } from '../model/engine-versions.ts'
import { spreadWindow } from '../model/windows.ts'
import { refuseBroken } from './broken.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { pathId } from './requests.ts'
import { shownRotation } from './rotation.ts'
import { shownOrigin } from './snapshots.ts'

/** Milliseconds that AWS gets to tell the snapshots. The platform waits for the answer meanwhile. */
const snapshotsTimeout = 5000

/** GET /v2/service_instances/:id. `cf service --params` shows the parameters, and what users may want to know beside them. */
export const fetchInstance = (osb: Osb) => async (c: Context) => {
  const known = await osb.operations.status(pathId(c, 'instance'))
  if (!known) throw new OsbError('unknownInstance')
  const { instance, operation } = known
  if (operation.state === 'in progress') {
    throw operation.type === 'provision'
      ? new OsbError('beingCreated')
      : new OsbError('concurrency', operation.type)
  }
  // Never finished: for the platform it is not there. What is half deleted still is.
  if (instance.outputs === null) refuseBroken(known, 'brokenNotFound')
  const { tuning, restoredFrom: _, engineVersion, ...parameters } = instance.parameters
  return c.json({
    service_id: instance.serviceId,
    plan_id: instance.planId,
    parameters: {
      ...(engineOf(engineVersion) === 'redis' ? {} : { engine: engineOf(engineVersion) }),
      engineVersion: numberOf(engineVersion),
      ...parameters,
      ...tuning,
      ...shownRotation(ifReadable(c.var.log, () => openAuthTokens(osb.keyRing, instance)) ?? {}),
      ...shownOrigin(instance.parameters),
      status: shownStatus(osb, c, instance),
      snapshots: await shownSnapshots(osb, c, instance),
    },
    maintenance_info: { version: instance.maintenanceVersion },
  })
}

/** The instance as it is now. */
function shownStatus({ catalog, keyRing }: Osb, c: Context, instance: Instance) {
  const plan = catalog.plan(instance.planId)
  const outputs = ifReadable(c.var.log, () => openOutputs(keyRing, instance))
  const { engineVersion, maintenanceWindow } = instance.parameters
  const warning = supportWarning(engineVersion, new Date(), plan?.engineVersions)
  const ofPlan =
    plan?.maintenanceWindow === 'spread'
      ? spreadWindow(instance.id, plan.snapshotWindow)
      : plan?.maintenanceWindow
  return {
    ...(plan ? { plan: plan.name } : {}),
    running: outputs ? `${nameOf(engineVersion)} (${outputs.engineVersion})` : nameOf(engineVersion),
    ...(outputs?.readerHostname ? { readerHostname: outputs.readerHostname } : {}),
    ...(plan ? { snapshotWindow: `${plan.snapshotWindow} UTC` } : {}),
    maintenanceWindow: `${maintenanceWindow ?? ofPlan} UTC`,
    ...(warning ? { supportWarning: warning } : {}),
  }
}

async function shownSnapshots({ snapshots }: Osb, c: Context, instance: Instance) {
  try {
    return await snapshots.of(instance, AbortSignal.timeout(snapshotsTimeout))
  } catch (err) {
    c.var.log.warn({ err, instance: instance.id }, 'AWS did not tell the snapshots of an instance')
    return 'AWS does not tell them at the moment.'
  }
}
