import { Hono } from 'hono'
import { failedLogins } from '../../state-backend/logins/failed-logins.ts'
import type { Login } from '../../state-backend/logins/logins.ts'
import { operatorAccessOf } from '../../state-backend/logins/operator-access.ts'
import { conditionOfOpen } from '../database/condition.ts'
import { refusePages } from '../http/browsers.ts'
import { healthApp } from '../http/health.ts'
import { normalizedPath, nothingHere, refusePaths } from '../http/paths.ts'
import { reencryptOutputs } from '../instances/output-keys.ts'
import { actionsApp } from '../operator/actions.ts'
import { adoptionApp } from '../operator/adoption.ts'
import { databaseApp } from '../operator/database.ts'
import { driftApp } from '../operator/drift.ts'
import { instancesApp } from '../operator/instances.ts'
import { operatorApp } from '../operator/operator.ts'
import { orphansApp } from '../operator/orphans.ts'
import { pauseApp } from '../operator/pause.ts'
import { stacksApp } from '../operator/stacks.ts'
import { statesApp } from '../operator/states.ts'
import { usageApp } from '../operator/usage.ts'
import { osbApp } from '../osb/app.ts'
import { retag } from '../provisioner/retag.ts'
import { SnapshotCatalog } from '../provisioner/snapshot-catalog.ts'
import type { Opened } from './open.ts'
import type { Rooms } from './rooms.ts'

/** All that is answered over HTTP. @param isStopping for the health check */
export function httpApp(opened: Opened, rooms: Rooms, isStopping: () => boolean): Hono {
  const { settings, log, home, backend } = opened
  const { TRUSTED_PROXIES: trustedProxies, STATE_BACKEND } = settings
  const logins = [settings.broker, settings.operator, settings.reader].filter((login) => login !== undefined)
  const usernames = logins.map(({ username }) => username)
  const failed = (part: string) => rooms.metrics.loginFailed(part)

  const app = new Hono({ getPath: normalizedPath })
  app.notFound(nothingHere(log))
  app.use(refusePaths(log))
  app.use(failedLogins({ log, trustedProxies, usernames, failed }))
  const isPaused = async () => (await rooms.pause.current()) !== undefined
  app.route('/health', healthApp(isPaused, isStopping))
  app.use(refusePages(settings, log))
  if (STATE_BACKEND === 'http') app.use('/state/*', home.writable('http')).route('/state', backend.app)
  app.route('/v2', platformApp(opened, rooms))
  if (settings.operator) app.route('/operator', operatorsApp(opened, rooms, settings.operator))
  return app
}

/** For the platform. */
function platformApp({ settings, log, catalog, keyRing, platform }: Opened, rooms: Rooms): Hono {
  const { operations, requests, changes, bindings, pause, naming, specs } = rooms
  const osb = {
    catalog,
    operations,
    requests,
    changes,
    bindings,
    pause,
    keyRing,
    caCertificate: platform.caCertificate,
    snapshots: new SnapshotCatalog({ naming, platform }),
    retag: retag.bind(undefined, { naming, specs, platform, log }),
  }
  return osbApp(osb, settings.broker, log)
}

/** For operators. @param login of the one who can do anything */
function operatorsApp(opened: Opened, rooms: Rooms, login: Login) {
  const { settings, log, catalog, keyRing, database, home, backend, states, platform } = opened
  const { instances, operations, requests, records, naming, specs, drift, orphans, adoption, metrics } = rooms
  const { list, pause, upkeep } = rooms
  const { providerMirror } = platform
  const operator = `operator ${login.username}`
  /** Everything that is encrypted, with the ring's first key. */
  const reencrypt = async (progress: (done: number, total: number) => void) => ({
    states: await backend.reencrypt(progress),
    outputs: await reencryptOutputs(database.db, keyRing),
  })
  const parts = {
    instances: instancesApp({ list, operations, records, states, backend, specs, catalog, pause, keyRing }),
    actions: actionsApp({ operations, requests, states, naming, keyRing, operator }),
    states: statesApp({ operations, home, states, backend, reencrypt, operator }),
    drift: driftApp({ drift, instances, operations, requests }),
    stacks: stacksApp({ instances, specs, providerMirror }),
    adoptions: adoptionApp(adoption, catalog),
    orphans: orphansApp(orphans),
    usage: usageApp(instances, catalog),
    database: databaseApp(() => conditionOfOpen(database.db)),
    pause: pauseApp({ pause, resumed: () => upkeep.resume(), operator }),
  }
  return operatorApp(parts, metrics, operatorAccessOf(settings), log)
}
