import type { Catalog } from '../catalog/catalog.ts'
import type { Database } from '../database/database.ts'
import { requirePlansInUse } from './plans-in-use.ts'
import { requireSettingsInUse } from './settings-in-use.ts'
import type { SettingsInUse } from './tables.ts'

/** To be called at the start. @throws Error when something was changed that instances depend on; it says what */
export async function requireInUse(db: Database, settings: SettingsInUse, catalog: Catalog): Promise<void> {
  await requireSettingsInUse(db, settings)
  await requirePlansInUse(db, catalog)
}
