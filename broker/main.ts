import { type Broker, startBroker } from './broker.ts'
import { createLog } from './log.ts'
import { readSettings, type Settings, SettingsError } from './settings.ts'

/** Seconds that running operations get to finish when the broker is told to stop. */
const grace = 20

const settings = read()
const broker = await start(settings)
announce(broker, settings)
process.on('SIGTERM', stop).on('SIGINT', stop)

function read(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return giveUp(`The broker can't start with these settings:\n${error.message}`)
  }
}

async function start(settings: Settings): Promise<Broker> {
  try {
    return await startBroker(settings, createLog(settings.LOG_LEVEL))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return giveUp(`Port ${settings.PORT} is taken. Set PORT to a free one.`)
    return giveUp(`The broker can't start: ${message}`)
  }
}

function announce({ url }: Broker, { PLATFORM, broker }: Settings): void {
  if (PLATFORM !== 'local') return
  process.stdout.write(`
The broker answers at ${url}
User name ${broker.username}, password ${broker.password === 'broker' ? 'broker' : 'as set'}

Try:
  curl -u ${broker.username}:${broker.password === 'broker' ? 'broker' : '…'} -H 'X-Broker-API-Version: 2.17' ${url}/v2/catalog

`)
}

let stopping = false

/** The first signal lets running operations finish, the second one ends that patience. */
async function stop(): Promise<void> {
  if (stopping) return broker.hurry()
  stopping = true
  await broker.stop(grace)
  process.exit(0)
}

function giveUp(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
