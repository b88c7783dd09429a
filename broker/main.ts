import { causeOf } from '../state-backend/postgres/cause.ts'
import { type Broker, startBroker } from './broker.ts'
import { createLog } from './logging/log.ts'
import { readSettings } from './settings/read.ts'
import { type Settings, SettingsError } from './settings/settings.ts'
import { unknownSettings } from './settings/unknown.ts'

let stopping: number | undefined
let broker: Broker | undefined
const told = new AbortController()

// Before all else: the first process of a container does not even end by a signal that it does not handle.
process.on('SIGTERM', stop).on('SIGINT', stop)
const settings = read()
broker = await start(settings)
announce(broker, settings)

function read(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const problems = [error.message, ...unknownSettings(process.env)]
    return giveUp(`The broker can't start with these settings:\n${problems.join('\n')}`)
  }
}

async function start(settings: Settings): Promise<Broker> {
  const log = createLog(settings.LOG_LEVEL)
  for (const warning of unknownSettings(process.env)) log.warn({}, warning)
  try {
    return await startBroker(settings, log, told.signal)
  } catch (error) {
    if (error === told.signal.reason) {
      log.info({}, 'broker was stopped before it was ready')
      process.exit(0)
    }
    return giveUp(`The broker can't start: ${causeOf(error as Error).message}`)
  }
}

function announce({ url, awsEndpoint }: Broker, { PLATFORM, AWS_REGION, broker, operator }: Settings): void {
  const login = broker.password === 'broker' ? `${broker.username}:broker` : `${broker.username}:…`
  if (PLATFORM !== 'local') return
  process.stdout.write(`
The broker answers at ${url}
The platform's login is ${login}${operator?.password === 'operator' ? ", the operators' is operator:operator" : ''}.

Try in another terminal:
  curl -u ${login} -H 'X-Broker-API-Version: 2.17' ${url}/v2/catalog
README.md goes on from there: create a Redis, use it, delete it.

AWS is on this machine, too. To look at it, or to change it behind the broker's back:
  export AWS_ENDPOINT_URL=${awsEndpoint} AWS_DEFAULT_REGION=${AWS_REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws elasticache describe-replication-groups

Ctrl-C stops the broker. Its Redis servers go on, and it knows them again when it starts.

`)
}

/**
 * The first signal lets running operations finish, the second one ends that grace. A start just ends. A Ctrl-C under `npm start`
 * comes twice at once: from the terminal, and once more from npm.
 */
async function stop(): Promise<void> {
  if (stopping !== undefined) return performance.now() - stopping > 1000 ? broker?.hurry() : undefined
  stopping = performance.now()
  told.abort(new Error('the broker was told to stop'))
  if (!broker) return
  try {
    await broker.stop(settings.STOP_GRACE)
  } catch (error) {
    giveUp(`The broker has stopped, but not in order: ${causeOf(error as Error).message}`)
  }
  process.exit(0)
}

function giveUp(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
