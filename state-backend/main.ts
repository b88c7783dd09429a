import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Hono } from 'hono'
import { pino } from 'pino'
import { commandOf, isCommand, usage } from './commands.ts'
import { loadOrCreateKeyFile } from './encryption/key-file.ts'
import { KeyRing, KeyRingError } from './encryption/key-ring.ts'
import { listenFailure, requireFreePort } from './http/listening.ts'
import { refuseAmbiguous, sentPath } from './http/request-target.ts'
import { StateBackend, StateBackendError } from './index.ts'
import { failedLogins } from './logins/failed-logins.ts'
import { operatorAccessOf } from './logins/operator-access.ts'
import { causeOf } from './postgres/cause.ts'
import { openPool } from './postgres/pool.ts'
import { loginsOf, readSettings, SettingsError } from './settings/settings.ts'
import { databaseWarnings, keyWarnings, previousPasswordWarnings } from './settings/warnings.ts'

/**
 * The state backend by itself, against PostgreSQL, for operators' terraform. It speaks plain HTTP: put what ends
 * TLS in front of it. SIGTERM and SIGINT let requests that are on their way end. With words it runs a command
 * (commands.ts) on the same database instead, also while others serve it.
 */
async function main(): Promise<void> {
  const words = process.argv.slice(2)
  const command = commandOf(words)
  if (words.some((word) => ['help', '--help', '-h'].includes(word))) {
    process.stdout.write(usage)
    return
  }
  if (words.length > 0 && !command) {
    const [name = ''] = words
    process.stderr.write(isCommand(name) ? usage : `There is no command ${name}.\n${usage}`)
    process.exitCode = 1
    return
  }
  // At once: the first process of a container does not even end by a signal that it does not handle.
  const told = command ? new Promise<never>(() => {}) : signalled()
  const settings = readSettings(process.env)
  // What a command prints has the standard output for itself. Each line is written at once, as the broker's are.
  const log = pino(pino.destination({ dest: command ? 2 : 1, sync: true }))
  if (!command) await requireFreePort(settings.HOST, settings.PORT)
  const { OPERATOR: operator, READER: reader } = loginsOf(settings)
  const pool = openPool(settings.DATABASE_URL, log)
  const keyRing = settings.STATE_KEYS
    ? KeyRing.parse(settings.STATE_KEYS)
    : await loadOrCreateKeyFile(settings.STATE_KEYS_FILE as string)
  const warnings = [
    ...keyWarnings(settings.STATE_KEYS ? 'STATE_KEYS' : 'STATE_KEYS_FILE', keyRing),
    ...databaseWarnings('DATABASE_URL', settings.DATABASE_URL),
    ...previousPasswordWarnings('OPERATOR', operator),
    ...previousPasswordWarnings('READER', reader),
  ]
  for (const { setting, message } of warnings) log.warn({ setting }, message)
  const opening = StateBackend.open({
    db: drizzle(pool),
    keyRing,
    limits: {
      stateBytes: settings.STATE_MAX_BYTES,
      versionsKept: settings.STATE_VERSIONS_KEPT,
      requestsAtOnce: settings.STATE_REQUESTS_AT_ONCE,
    },
    operatorAccess: operatorAccessOf({ operator, reader }),
    log,
  })
  // It may wait for others. What it has begun PostgreSQL undoes.
  if (await Promise.race([told, opening.then(() => undefined)])) {
    log.info('State backend was stopped before it was ready')
    process.exit(0)
  }
  const backend = await opening
  if (command) {
    for await (const line of command(backend, `operator ${settings.OPERATOR_USERNAME}`)) {
      process.stdout.write(`${line}\n`)
    }
    return pool.end()
  }
  const usernames = [operator, reader].flatMap((login) => (login ? [login.username] : []))
  const app = new Hono({ getPath: sentPath })
  app.use(
    refuseAmbiguous((c, path, reason) => {
      log.warn({ method: c.req.method, path }, `Refused: ${reason}`)
      return c.text(`${reason}\n`, 400)
    }),
  )
  app.use(failedLogins({ log, trustedProxies: settings.TRUSTED_PROXIES, usernames }))
  app.route('/state', backend.app)
  const server = serve({ fetch: app.fetch, hostname: settings.HOST, port: settings.PORT })
  await once(server, 'listening').catch((error) => {
    throw listenFailure(error, settings.HOST, settings.PORT)
  })
  log.info({ host: settings.HOST, port: settings.PORT }, 'State backend is ready at /state/<stack>')

  const signal = await told
  log.info({ signal }, 'State backend is stopping')
  server.close()
  await once(server, 'close')
  await pool.end()
}

/** The name of the first signal that tells the program to stop. */
function signalled(): Promise<string> {
  return Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)))
}

main().catch((error: Error) => {
  const expected = [SettingsError, KeyRingError, StateBackendError].some((known) => error instanceof known)
  const { message } = causeOf(error)
  process.stderr.write(`${expected ? message : `The state backend can't start: ${message}`}\n`)
  process.exit(1)
})
