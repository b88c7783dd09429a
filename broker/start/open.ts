import type { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import type { StateBackend } from '../../state-backend/index.ts'
import { operatorAccessOf } from '../../state-backend/logins/operator-access.ts'
import { type Catalog, loadCatalog } from '../catalog/catalog.ts'
import { openDataDirectory } from '../data-directory/data-directory.ts'
import { type OpenDatabase, openDatabase } from '../database/database.ts'
import { requireOutputKeys } from '../instances/output-keys.ts'
import { Jobs } from '../jobs/jobs.ts'
import type { Log } from '../logging/log.ts'
import { requireInUse } from '../operations/in-use.ts'
import { OperationQueue } from '../operations/queue.ts'
import { openPlatform } from '../platform/open.ts'
import type { Platform } from '../platform/platform.ts'
import type { Settings } from '../settings/settings.ts'
import { settingsWarnings } from '../settings/warnings.ts'
import { openBackend, openKeyRing } from '../states/backend.ts'
import { StateHome } from '../states/home.ts'
import { openStates } from '../states/open.ts'
import type { States } from '../states/states.ts'
import { stateUrl } from '../states/url.ts'
import { requireTerraform } from '../terraform/version.ts'
import type { Closers } from './closers.ts'

/** All that the rooms work with and that has to be opened first. */
export interface Opened {
  settings: Settings
  log: Log
  catalog: Catalog
  keyRing: KeyRing
  database: OpenDatabase
  /** Where the states live. */
  home: StateHome
  /** The project's own state backend, whether or not the states live there. */
  backend: StateBackend
  states: States
  platform: Platform
  jobs: Jobs
  queue: OperationQueue
}

/**
 * Opens everything that a broker needs, one after the other, and checks that it fits together. What was opened before
 * something failed is among the closers.
 * @param port where Terraform reaches the state backend
 * @throws Error that says what to do
 */
export async function open(settings: Settings, port: number, closers: Closers, log: Log): Promise<Opened> {
  const catalog = loadCatalog(settings)
  openDataDirectory(settings.DATA_DIR, log)
  const keyRing = await openKeyRing(settings)
  for (const { setting, message } of settingsWarnings(settings, keyRing)) log.warn({ setting }, message)

  const database = await openDatabase(settings.DATABASE_URL, settings.DATA_DIR, log)
  closers.add(() => database.close())
  const home = new StateHome(database.db)
  await home.settle(settings.STATE_BACKEND)
  // For its lock file, which older ones don't know.
  if (settings.STATE_BACKEND === 's3') await requireTerraform('1.10', 'States in S3')
  const operatorAccess = operatorAccessOf(settings)
  const backend = await openBackend(settings, { db: database.db, keyRing, operatorAccess, log })
  await requireOutputKeys(database.db, keyRing)
  await requireInUse(database.db, settings, catalog)

  const states = home.guard(
    await openStates(settings.STATE_BACKEND, { settings, backend, httpUrl: stateUrl(settings, port), log }),
  )
  closers.add(() => states.close())
  // Requests for credentials need no states: it is not a reason not to start.
  states.read('any').catch((error) => log.warn({ err: error }, 'the states are out of reach'))

  const platform = await openPlatform(settings)
  closers.add(() => platform.close())
  const jobs = new Jobs(database, log)
  closers.add(() => jobs.stop())
  await jobs.start()
  const queue = await OperationQueue.open(jobs, database.db, catalog)
  return { settings, log, catalog, keyRing, database, home, backend, states, platform, jobs, queue }
}
