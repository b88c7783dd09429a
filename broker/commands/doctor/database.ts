import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPool } from '../../../state-backend/postgres/pool.ts'
import { DirectoryInUse, lockDirectory } from '../../data-directory/lock.ts'
import { type Condition, conditionOf, pendingMigrations } from '../../database/condition.ts'
import { createLog } from '../../logging/log.ts'
import type { Settings } from '../../settings/settings.ts'
import { BrokerRefusal } from '../client/client.ts'
import { brokerHere } from './broker.ts'
import { about, type Check, type Finding } from './check.ts'

const { ok, warning, failed, unasked } = about('database')

/** The oldest PostgreSQL that the queue works on. */
const leastPostgres = 13

/** Milliseconds that a query may take: an operation takes hundreds of them. */
const slow = 50

/** Connections of one broker process. */
const connections = 31

export const database: Check = {
  subject: 'database',
  run: (settings) =>
    settings.DATABASE_URL === undefined ? embedded(settings) : postgres(settings.DATABASE_URL),
}

async function embedded(settings: Settings): Promise<Finding[]> {
  const { DATA_DIR, PLATFORM } = settings
  const where = join(DATA_DIR, 'database')
  const alone =
    PLATFORM === 'aws'
      ? [warning('it is embedded, in DATA_DIR', 'Set DATABASE_URL, unless DATA_DIR is kept and backed up.')]
      : []
  if (!existsSync(where)) return [ok('it is embedded; the first start makes it'), ...alone]
  try {
    const unlock = lockDirectory(DATA_DIR)
    try {
      const { conditionOfEmbedded } = await import('../../database/embedded-copy.ts')
      const condition = await conditionOfEmbedded(where)
      return [
        ok(`it is embedded, in ${where}; no broker has it open`),
        server(condition),
        tables(condition),
        ...alone,
      ]
    } finally {
      unlock()
    }
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) {
      return [failed((error as Error).message, "Give it to the broker's user."), ...alone]
    }
    return [ok(`it is embedded, in ${where}; a broker works on it`), ...(await ofRunning(settings)), ...alone]
  }
}

/** The broker tells of its database: nobody else can open it. */
async function ofRunning(settings: Settings): Promise<Finding[]> {
  try {
    const condition = await (await brokerHere(settings).database.$get()).json()
    return [server(condition), tables(condition)]
  } catch (error) {
    if (!(error instanceof BrokerRefusal)) throw error
    return [unasked(error.message, 'The broker that has it open tells of it.')]
  }
}

function server({ version }: Condition): Finding {
  return Number.parseInt(version, 10) >= leastPostgres
    ? ok(`PostgreSQL ${version}`)
    : failed(`PostgreSQL ${version} is too old`, `Use PostgreSQL ${leastPostgres} or newer.`)
}

function tables(condition: Condition): Finding {
  const pending = pendingMigrations(condition)
  if (pending === undefined) return warning('its tables are not there yet', 'The first start makes them.')
  return pending === 0
    ? ok('its tables are those of this version')
    : warning(
        `${pending} migrations are to be done`,
        'The next start does them: back the database up before.',
      )
}

async function postgres(url: string): Promise<Finding[]> {
  const pool = openPool(url, createLog('silent'), { max: 1 })
  const query = async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows[0] as Row
  try {
    const { create } = await query<{ create: boolean }>(
      "select has_database_privilege(current_database(), 'CREATE') as create",
    )
    const { most } = await query<{ most: number }>("select current_setting('max_connections')::int as most")
    const milliseconds = await latency(() => query('select 1'))
    const condition = await conditionOf(
      async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows,
    )
    return [
      server(condition),
      create
        ? ok('the role may make schemas')
        : failed('the role may not make schemas', 'Grant it: GRANT CREATE ON DATABASE … TO …'),
      milliseconds > slow
        ? warning(`a query takes ${milliseconds} ms`, 'Bring the broker nearer to its database.')
        : ok(`a query takes ${milliseconds} ms`),
      most < 2 * connections
        ? warning(
            `it takes ${most} connections`,
            `Raise max_connections: each broker process uses up to ${connections}.`,
          )
        : ok(`it takes ${most} connections`),
      tables(condition),
    ]
  } catch (error) {
    return [unreachable(error as Error)]
  } finally {
    await pool.end()
  }
}

function unreachable(error: Error): Finding {
  return failed(error.message, 'Check DATABASE_URL, and whether the database lets this machine in.')
}

/** Of a few, the middle one: the first pays for the connection. */
async function latency(query: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const begun = performance.now()
    await query()
    times.push(performance.now() - begun)
  }
  return Math.round(times.sort((one, other) => one - other)[2] ?? 0)
}
