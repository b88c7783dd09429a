import { hc, type InferResponseType } from 'hono/client'
import { withSecretFiles } from '../../../state-backend/settings/secret-files.ts'
import type { OperatorApp } from '../../operator/operator.ts'
import { oneLine } from '../terminal/terminal.ts'

/** The broker can't be asked, or refuses. The message says what to do about it. */
export class BrokerRefusal extends Error {
  /** Of its answer, when there was one. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** Nobody answers, for the moment at least. */
export class BrokerSilent extends BrokerRefusal {}

export type Client = ReturnType<typeof operatorClient>

export type Instance = InferResponseType<Client['instances']['$get']>['instances'][number]
export type Operation = Instance['operation']

interface Access {
  url: string
  username: string
  password: string
}

const localAccess: Access = { url: 'http://127.0.0.1:8080', username: 'operator', password: 'operator' }

/**
 * The broker's part for operators. Every answer that is no success is thrown as a BrokerRefusal.
 *
 * Settings: BROKER_URL, OPERATOR_USERNAME, OPERATOR_PASSWORD or OPERATOR_PASSWORD_FILE; the defaults are those of a broker on one machine.
 *
 * @param timeoutMs for each request; none by default, since some answers take as long as an operation
 * @param usual what goes for the settings that are not there
 */
export function operatorClient(timeoutMs?: number, usual: Access = localAccess) {
  const { username, password } = operatorLogin(usual)
  const url = addressOf(process.env.BROKER_URL ?? usual.url)
  return hc<OperatorApp>(`${url}/operator`, {
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    async fetch(input: Parameters<typeof fetch>[0], init?: RequestInit) {
      const signal = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }
      const response = await fetch(input, { ...init, ...signal }).catch((error: Error) => {
        const reason = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
        throw new BrokerSilent(`No broker answers at ${url} (${reason}). Start it, or set BROKER_URL.`)
      })
      if (!response.ok) throw await refusalOf(response, url)
      return response
    },
  })
}

/** The login of the settings. @throws BrokerRefusal when the file of the password can't be taken */
export function operatorLogin(usual = localAccess): Pick<Access, 'username' | 'password'> {
  const { environment, wrong } = withSecretFiles(process.env, ['OPERATOR_PASSWORD'])
  if (wrong.length > 0) throw new BrokerRefusal(`${wrong.join('. ')}.`)
  const { OPERATOR_USERNAME: username = usual.username, OPERATOR_PASSWORD: password = usual.password } =
    environment
  return { username, password }
}

/** The name in a path, for `param`: the client puts it there as it is. */
export const at = (instance: string) => ({ instance: encodeURIComponent(instance) })

function addressOf(given: string): string {
  if (!/^https?:\/\/[^/]/.test(given) || !URL.canParse(given)) {
    throw new BrokerRefusal(
      `BROKER_URL is ${given}, which is no address. Set it to the broker's, such as https://broker.example.internal.`,
    )
  }
  return given.replace(/\/+$/, '')
}

async function refusalOf(response: Response, url: string): Promise<BrokerRefusal> {
  const text = await response.text()
  const error = errorOf(text)
  if (response.status === 401 && (await isBroker(url))) {
    return new BrokerRefusal(`The broker at ${url} refuses OPERATOR_USERNAME and OPERATOR_PASSWORD.`)
  }
  // A sentence, and names in it may hold anything.
  if (error !== undefined) return new BrokerRefusal(oneLine(error), response.status)
  // So answers a broker that starts or stops.
  if (response.status === 503)
    return new BrokerSilent(`The broker at ${url} is not ready. Try again in a few seconds.`)
  if (!(await isBroker(url))) {
    return new BrokerRefusal(`What answers at ${url} is no broker. Set BROKER_URL to the address of one.`)
  }
  if (response.status === 404) {
    return new BrokerRefusal(
      `The broker at ${url} has no part for operators. Start it with OPERATOR_USERNAME and OPERATOR_PASSWORD.`,
    )
  }
  return new BrokerRefusal(`The broker at ${url} answered ${response.status}: ${text}`)
}

async function isBroker(url: string): Promise<boolean> {
  try {
    const health: unknown = await (await fetch(`${url}/health`)).json()
    return typeof health === 'object' && health !== null && 'status' in health
  } catch {
    return false
  }
}

function errorOf(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null) return undefined
    const said = 'error' in answer ? answer.error : undefined
    return typeof said === 'string' ? said : undefined
  } catch {
    return undefined
  }
}
