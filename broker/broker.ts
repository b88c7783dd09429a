import type { Log } from './logging/log.ts'
import { version } from './model/version.ts'
import type { Settings } from './settings/settings.ts'
import { Closers } from './start/closers.ts'
import { Front } from './start/front.ts'
import { httpApp } from './start/http.ts'
import { open } from './start/open.ts'
import { putTogether } from './start/rooms.ts'
import { startWork, stopWork } from './start/work.ts'
import { inUrl } from './states/url.ts'
import { unlessAborted } from './terraform/unless-aborted.ts'

export interface Broker {
  /** Where it answers, such as http://127.0.0.1:8080. */
  url: string
  /** Where AWS answers, when it is on this machine. */
  awsEndpoint: string | undefined
  /**
   * Begins no new operations, lets running ones finish for so many seconds, hands the rest back.
   * @throws the first error, when everything is closed that can be
   */
  stop(graceSeconds: number): Promise<void>
  /** Ends the grace of a `stop`. */
  hurry(): void
}

/**
 * Starts the whole program, in this order: listen (with 503 for an answer), open what has to be opened, put the rooms
 * together, answer requests, work. Terraform needs the state backend, so that nothing works before requests are
 * answered.
 * @param told ends the start, also while it waits for others
 * @throws Error that says what to do, or the reason of `told`; what was opened is closed then
 */
export async function startBroker(
  settings: Settings,
  log: Log,
  told = new AbortController().signal,
): Promise<Broker> {
  const closers = new Closers()
  try {
    return await start(settings, log, closers, told)
  } catch (error) {
    await closers.close().catch((err) => log.warn({ err }, 'a start that failed could not clear up'))
    throw error
  }
}

async function start(settings: Settings, log: Log, closers: Closers, told: AbortSignal): Promise<Broker> {
  const front = await Front.listen(settings)
  closers.add(() => front.close())
  const opened = await unlessAborted(open(settings, front.port, closers, log), told)
  const rooms = putTogether(opened)
  closers.add(() => rooms.storedOutputs.ended())
  let stopping = false
  front.mount(httpApp(opened, rooms, () => stopping))
  // From here on its answers need what is open.
  closers.add(() => front.close())
  const hurry = new AbortController()
  let grace = 0
  // The first of all to be closed: terraform needs the state backend until the last operation has stopped.
  closers.add(() => stopWork(rooms, grace, hurry.signal))
  await startWork(rooms, settings, told)
  const url = `http://${inUrl(settings.HOST)}:${front.port}`
  log.info({ version, url, platform: settings.PLATFORM, states: settings.STATE_BACKEND }, 'broker is ready')

  return {
    url,
    awsEndpoint: opened.platform.endpoint,
    async stop(graceSeconds) {
      stopping = true
      grace = graceSeconds
      log.info({ graceSeconds }, 'broker is stopping')
      await closers.close()
    },
    hurry: () => hurry.abort(),
  }
}
