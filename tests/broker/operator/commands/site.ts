import { randomUUID } from 'node:crypto'
import { runCommand } from '../../../support/program.ts'
import { type SharedBroker, sharedBroker } from '../../../support/shared-broker.ts'

/** The instances; their names are the same. */
export const [sessions, cache] = [randomUUID(), randomUUID()]

/** A broker with two instances, and its operators. */
export interface Site {
  broker: SharedBroker
  operator(...args: string[]): ReturnType<typeof runCommand>
  /** The output of a command as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it
  json(...args: string[]): Promise<any>
  request(method: string, path: string, body?: unknown): ReturnType<ReturnType<SharedBroker>['request']>
  /** The credentials of the first one, as they were when it was new. */
  ofSessions(): { hostname: string; password: string }
}

export function operatorsSite(): Site {
  let credentials: ReturnType<Site['ofSessions']>
  const broker = sharedBroker(
    { DRIFT_SCHEDULE: 'off', READER_USERNAME: 'auditor', READER_PASSWORD: 'only-looks' },
    async (started) => {
      await Promise.all([
        started.created(sessions, 'redis-dev', named('sessions', 'production')),
        started.created(cache, 'redis-dev', named('cache', 'staging')),
      ])
      credentials = (await started.bind(sessions, 'when-new')).body.credentials
    },
  )
  const operator = (...args: string[]) => runCommand(args, broker())
  return {
    broker,
    operator,
    async json(...args) {
      const { code, stdout, stderr } = await operator(...args, '--json')
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout)
    },
    request: (method, path, body) => broker().request(method, path, { login: 'operator:operator', body }),
    ofSessions: () => credentials,
  }
}

const named = (instance_name: string, space_name: string) => ({ context: { instance_name, space_name } })
