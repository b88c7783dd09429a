import { causeOf } from '../../../state-backend/postgres/cause.ts'
import { openDataDirectory } from '../../data-directory/data-directory.ts'
import { openDatabase } from '../../database/database.ts'
import { createLog } from '../../logging/log.ts'
import type { StateKind } from '../../model/state-kind.ts'
import { findStacks, type StacksFound } from '../../operations/own-stacks.ts'
import { readSettings } from '../../settings/read.ts'
import { unknownSettings } from '../../settings/unknown.ts'
import { openBackend, openKeyRing } from '../../states/backend.ts'
import { StateHome } from '../../states/home.ts'
import { openStates } from '../../states/open.ts'
import type { States } from '../../states/states.ts'
import { show } from '../terminal/terminal.ts'

/** The states of a broker that does not run, wherever they live. */
export interface Site {
  home: StateHome
  states(kind: StateKind): Promise<States>
  stacks(states: States): Promise<StacksFound>
}

/** Opens the database and the states with the broker's own settings. No broker may run meanwhile. */
export async function withSite(use: (site: Site) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env)
  for (const warning of unknownSettings(process.env)) show(`${warning}\n`, process.stderr)
  const log = createLog('silent')
  openDataDirectory(settings.DATA_DIR, log)
  const database = await openDatabase(settings.DATABASE_URL, settings.DATA_DIR, log)
  const opened = new Map<StateKind, States>()
  try {
    const backend = await openBackend(settings, {
      db: database.db,
      keyRing: await openKeyRing(settings),
      log,
    })
    const states = async (kind: StateKind) => {
      const known = opened.get(kind) ?? (await openStates(kind, { settings, backend, httpUrl: '', log }))
      opened.set(kind, known)
      return known
    }
    await use({
      home: new StateHome(database.db),
      states,
      stacks: (of) => findStacks(database.db, of),
    })
  } catch (error) {
    throw causeOf(error as Error)
  } finally {
    // All is done by then, or has failed: neither is changed by one that can't be closed.
    await Promise.allSettled([...opened.values()].map((one) => one.close()))
    await database.close()
  }
}
