import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Hono } from 'hono'
import { pino } from 'pino'
import { commandOf, isCommand, usage } from './commands.ts'
import {
  causeOf,
  KeyRing,
  KeyRingError,
  loadOrCreateKeyFile,
  type OperatorLogins,
  openPool,
  operatorsOf,
  StateBackend,
  StateBackendError,
} from './index.ts'
import { readSettings, type Settings, SettingsError } from './settings.ts'

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
  const settings = readSettings(process.env)
  // What a command prints has the standard output for itself.
  const log = command ? pino(pino.destination(2)) : pino()
  const pool = openPool(settings.DATABASE_URL, log)
  const backend = await StateBackend.open({
    db: drizzle(pool),
    keyRing: settings.STATE_KEYS
      ? KeyRing.parse(settings.STATE_KEYS)
      : await loadOrCreateKeyFile(settings.STATE_KEYS_FILE as string),
    limits: {
      stateBytes: settings.STATE_MAX_BYTES,
      versionsKept: settings.STATE_VERSIONS_KEPT,
      requestsAtOnce: settings.STATE_REQUESTS_AT_ONCE,
    },
    operators: operatorsOf(loginsOf(settings)),
    log,
  })
  if (command) {
    for await (const line of command(backend, `operator ${settings.OPERATOR_USERNAME}`)) {
      process.stdout.write(`${line}\n`)
    }
    return pool.end()
  }
  const app = new Hono().route('/state', backend.app)
  const server = serve({ fetch: app.fetch, hostname: settings.HOST, port: settings.PORT })
  await once(server, 'listening')
  log.info({ host: settings.HOST, port: settings.PORT }, 'State backend is ready at /state/<stack>')

  const signal = await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)))
  log.info({ signal }, 'State backend is stopping')
  server.close()
  await once(server, 'close')
  await pool.end()
}

/** Without a password there is no reader. */
function loginsOf(settings: Settings): OperatorLogins {
  const { OPERATOR_USERNAME, OPERATOR_PASSWORD, READER_USERNAME, READER_PASSWORD } = settings
  return {
    operator: { username: OPERATOR_USERNAME, password: OPERATOR_PASSWORD },
    reader: READER_PASSWORD ? { username: READER_USERNAME, password: READER_PASSWORD } : undefined,
  }
}

main().catch((error: Error) => {
  const expected = [SettingsError, KeyRingError, StateBackendError].some((known) => error instanceof known)
  const { message } = causeOf(error)
  process.stderr.write(`${expected ? message : `The state backend can't start: ${message}`}\n`)
  process.exit(1)
})
