import { maintenanceVersion } from '../catalog/catalog.ts'
import { OsbError } from './errors.ts'

/** Only the version counts: Cloud Controller sends the description too. */
export function checkMaintenanceInfo(given: { version: string } | null | undefined): void {
  if (given && given.version !== maintenanceVersion) {
    throw new OsbError(
      'maintenanceInfo',
      `The catalog's maintenance_info version is ${maintenanceVersion}, not the one of the request. Fetch the catalog again.`,
    )
  }
}
