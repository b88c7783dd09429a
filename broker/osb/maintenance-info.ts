import { maintenanceVersion } from '../catalog/catalog.ts'
import { OsbError } from './errors.ts'

/** Only the version counts: Cloud Controller sends the description too. */
export function checkMaintenanceInfo(given: { version: string } | null | undefined): void {
  if (given && given.version !== maintenanceVersion) {
    throw new OsbError('maintenanceInfo', maintenanceVersion)
  }
}
