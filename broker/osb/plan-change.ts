import { placesThatDiffer } from '../catalog/place.ts'
import type { Plan } from '../catalog/plans.ts'
import { nameOf } from '../model/engine-versions.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'
import { OsbError } from './errors.ts'
import type { Osb } from './osb.ts'
import { readParameters } from './requests.ts'

/**
 * @param parameters what the instance is to have on its new plan, kept ones included
 * @throws OsbError when the new plan does not take them, or AWS can't bring a group there
 */
export function checkPlanChange(osb: Osb, from: Plan, to: Plan, parameters: InstanceParameters): void {
  if (from.id === to.id) return
  const elsewhere = placesThatDiffer(from, to)
  if (elsewhere.length > 0) throw new OsbError('otherPlace', to.name, elsewhere.join(', '))
  const { engineVersion, maintenanceWindow, tuning } = parameters
  if (to.ownVersions && !to.engineVersions.includes(engineVersion)) {
    throw new OsbError(
      'otherVersions',
      to.name,
      to.engineVersions.map(nameOf).join(', '),
      nameOf(engineVersion),
    )
  }
  readParameters(osb.catalog.parameters(to).create, {
    ...tuning,
    ...(maintenanceWindow ? { maintenanceWindow } : {}),
  })
}
