import { once } from 'node:events'
import type { Server } from 'node:http'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { listenFailure, requireFreePort } from '../state-backend/http/listening.ts'
import { failedLogins } from '../state-backend/logins/failed-logins.ts'
import { operatorAccessOf } from '../state-backend/logins/operator-access.ts'
import { Adoption } from './adoption/adoption.ts'
import { loadCatalog } from './catalog/catalog.ts'
import { openDataDirectory } from './data-directory/data-directory.ts'
import { openDatabase } from './database/database.ts'
import { Drift } from './drift/drift.ts'
import { DriftRecords } from './drift/records.ts'
import { refusePages } from './http/browsers.ts'
import { healthApp } from './http/health.ts'
import { meantPath, nothingHere } from './http/paths.ts'
import { Bindings } from './instances/bindings.ts'
import { Instances } from './instances/instances.ts'
import { reencryptOutputs, requireOutputKeys } from './instances/output-keys.ts'
import type { Log } from './logging/log.ts'
import { version } from './model/version.ts'
import { operationsAtOnce } from './operations/at-once.ts'
import { AttemptRunner } from './operations/attempt-runner.ts'
import { Attempts } from './operations/attempts.ts'
import { ChangesAtRest } from './operations/changes-at-rest.ts'
import { Operations } from './operations/operations.ts'
import { Pause } from './operations/pause.ts'
import { requirePlansInUse } from './operations/plans-in-use.ts'
import { OperationQueue } from './operations/queue.ts'
import { ReadBack } from './operations/read-back.ts'
import { OperationRequests } from './operations/requests.ts'
import { StoredOutputs } from './operations/stored-outputs.ts'
import { Upkeep } from './operations/upkeep.ts'
import { OperationWorker } from './operations/worker.ts'
import { Metrics } from './operator/metrics.ts'
import { operatorApp } from './operator/operator.ts'
import type { StatesOptions } from './operator/states.ts'
import { Orphans } from './orphans/orphans.ts'
import { osbApp } from './osb/app.ts'
import { openPlatform } from './platform/open.ts'
import { CdktfProvisioner } from './provisioner/cdktf-provisioner.ts'
import { retag } from './provisioner/retag.ts'
import type { StackContext } from './provisioner/stack-spec.ts'
import type { Settings } from './settings/settings.ts'
import { settingsWarnings } from './settings/warnings.ts'
import { openBackend, openKeyRing } from './states/backend.ts'
import { StateHome } from './states/home.ts'
import { openStates } from './states/open.ts'
import { inUrl, stateUrl } from './states/url.ts'
import { requireTerraform } from './terraform/version.ts'

export interface Broker {
  /** Where it answers, such as http://127.0.0.1:8080. */
  url: string
  /** Where AWS answers, when it is on this machine. */
  awsEndpoint: string | undefined
  /** Takes no new operations, lets running ones finish for so many seconds, hands the rest back. */
  stop(graceSeconds: number): Promise<void>
  /** Ends the grace of a `stop`. */
  hurry(): void
}

/** The whole program: settings → database → state backend → HTTP → operations. */
export async function startBroker(settings: Settings, log: Log): Promise<Broker> {
  const catalog = loadCatalog(settings)
  await requireFreePort(settings.HOST, settings.PORT)
  openDataDirectory(settings.DATA_DIR, log)
  const keyRing = await openKeyRing(settings)
  for (const { setting, message } of settingsWarnings(settings, keyRing)) log.warn({ setting }, message)
  const database = await openDatabase(settings.DATABASE_URL, settings.DATA_DIR, log)
  const operatorAccess = operatorAccessOf(settings)
  const home = new StateHome(database.db)
  await home.settle(settings.STATE_BACKEND)
  // For its lock file, which older ones don't know.
  if (settings.STATE_BACKEND === 's3') await requireTerraform('1.10', 'States in S3')
  const backend = await openBackend(settings, { db: database.db, keyRing, operatorAccess, log })
  await requireOutputKeys(database.db, keyRing)
  await requirePlansInUse(database.db, catalog)
  const platform = await openPlatform(settings)
  const queue = await OperationQueue.open(database, catalog, log)
  const instances = new Instances(database.db)
  const operations = new Operations(database.db)
  const changes = new ChangesAtRest(database.db)
  const requests = new OperationRequests(
    database.db,
    queue.enqueue,
    settings.OPERATIONS_QUEUED_PER_ORGANIZATION,
  )
  const records = new DriftRecords(database.db)
  const pause = new Pause(database.db)
  const metrics = new Metrics({ instances, operations, records, pause })

  let stopping = false
  const app = new Hono({ getPath: meantPath })
  app.notFound(nothingHere(log))
  app.use(
    failedLogins({
      log,
      trustedProxies: settings.TRUSTED_PROXIES,
      usernames: [settings.broker, settings.operator, settings.reader].flatMap(
        (login) => login?.username ?? [],
      ),
      failed: (part) => metrics.loginFailed(part),
    }),
  )
  app.route(
    '/health',
    healthApp(
      async () => (await pause.current()) !== undefined,
      () => stopping,
    ),
  )
  app.use(refusePages(settings, log))
  if (settings.STATE_BACKEND === 'http') {
    app.use('/state/*', home.writable('http'))
    app.route('/state', backend.app)
  }
  app.route(
    '/v2',
    osbApp(
      {
        catalog,
        operations,
        requests,
        changes,
        bindings: new Bindings(database.db),
        pause,
        keyRing,
        caCertificate: platform.caCertificate,
        retag: (instance, context) => retag({ stackContext, platform, log }, instance, context),
      },
      settings.broker,
      log,
    ),
  )
  // From here to the last route nothing is awaited: Hono takes no more routes after its first request.
  const { server, port } = await listen(app, settings)
  const states = home.guard(
    openStates(settings.STATE_BACKEND, {
      settings,
      backend,
      httpUrl: stateUrl(settings, port),
      log,
    }),
  )
  // Requests for credentials need no states: it is not a reason not to start.
  states.read('any').catch((error) => log.warn({ err: error }, 'the states are out of reach'))
  const stackContext: StackContext = { catalog, settings, states }
  const storedOutputs = new StoredOutputs({ instances, changes, states, keyRing, log })
  backend.onOperatorWrite((stack) => storedOutputs.refreshStack(stack))
  const provisioner = new CdktfProvisioner({
    dataDirectory: settings.DATA_DIR,
    stackContext,
    platform,
    states,
    keyRing,
    log,
  })
  const readBack = new ReadBack({ operations, changes, provisioner, catalog, keyRing, log })
  const drift = new Drift({
    settings,
    dataDirectory: settings.DATA_DIR,
    stackContext,
    platform,
    states,
    keyRing,
    alone: !database.shared,
    instances,
    operations,
    records,
    readBack,
    checked(instance, check) {
      metrics.checked(check)
      storedOutputs.refresh(instance)
    },
    log,
  })
  const adoption = new Adoption({ instances, requests, platform, states, stackContext, drift })
  const orphans = new Orphans({ operations, platform, stackContext, log })
  if (settings.operator) {
    const { providerMirror } = platform
    const { username } = settings.operator
    /** Everything that is encrypted, with the ring's first key. */
    const reencrypt: StatesOptions['reencrypt'] = async (progress) => ({
      states: await backend.reencrypt(progress),
      outputs: await reencryptOutputs(database.db, keyRing),
    })
    app.route(
      '/operator',
      operatorApp({
        instances,
        operations,
        requests,
        home,
        states,
        backend,
        reencrypt,
        drift,
        orphans,
        adoption,
        metrics,
        pause,
        resumed: () => upkeep.resume(),
        stackContext,
        keyRing,
        providerMirror,
        operatorAccess,
        username,
        log,
      }),
    )
  }

  const logDays = settings.OPERATION_LOG_DAYS
  const upkeep = new Upkeep({ operations, queue, provisioner, readBack, logDays, log })
  const runner = new AttemptRunner({
    attempts: new Attempts(database.db, keyRing),
    queue,
    provisioner,
    upkeep,
    deployed: (tx, operation) => drift.deployed(tx, operation),
    log,
  })
  const worker = new OperationWorker(queue, runner)
  await upkeep.start()
  await worker.start({
    operations: operationsAtOnce(settings),
    nodeCountChanges: settings.NODE_COUNT_CHANGES_AT_ONCE,
  })
  await drift.start()
  const hurry = new AbortController()
  const url = `http://${inUrl(settings.HOST)}:${port}`
  log.info({ version, url, platform: settings.PLATFORM, states: settings.STATE_BACKEND }, 'broker is ready')

  return {
    url,
    awsEndpoint: platform.endpoint,
    async stop(graceSeconds) {
      stopping = true
      log.info({ graceSeconds }, 'broker is stopping')
      upkeep.stop()
      // Terraform needs the state backend until the last operation has stopped.
      await Promise.all([worker.stop(graceSeconds, hurry.signal), drift.stop()])
      await queue.close()
      await close(server)
      await storedOutputs.ended()
      await platform.close()
      await states.close()
      await database.close()
    },
    hurry: () => hurry.abort(),
  }
}

async function listen(app: Hono, { HOST, PORT }: Settings) {
  const server = serve({ fetch: app.fetch, hostname: HOST, port: PORT })
  await once(server, 'listening').catch((error) => {
    throw listenFailure(error, HOST, PORT)
  })
  const address = server.address()
  return { server, port: typeof address === 'object' && address ? address.port : PORT }
}

/** Answers that are under way are finished; who holds a connection open without asking does not hold the broker. */
async function close(server: ServerType): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const patience = setTimeout(() => (server as Server).closeAllConnections(), 3000)
  await closed
  clearTimeout(patience)
}
