import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** The broker can't be asked, or refuses. The message says what to do about it. */
export class BrokerRefusal extends Error {}

/**
 * Asks the broker's part for operators.
 *
 * Settings: BROKER_URL, OPERATOR_USERNAME, OPERATOR_PASSWORD; the defaults are those of a broker on one machine.
 *
 * @throws BrokerRefusal for everything but a success
 */
export async function askBroker(
  path: string,
  request: { method?: string; body?: unknown } = {},
): Promise<Response> {
  const {
    BROKER_URL: url = 'http://127.0.0.1:8080',
    OPERATOR_USERNAME: username = 'operator',
    OPERATOR_PASSWORD: password = 'operator',
  } = process.env
  const { method = 'GET', body } = request
  const response = await fetch(`${url.replace(/\/+$/, '')}/operator${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    const reason = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
    throw new BrokerRefusal(`No broker answers at ${url} (${reason}). Start it, or set BROKER_URL.`)
  })
  if (response.ok) return response
  if (response.status === 401) {
    throw new BrokerRefusal(`The broker at ${url} refuses OPERATOR_USERNAME and OPERATOR_PASSWORD.`)
  }
  const text = await response.text()
  const error = errorOf(text)
  if (response.status === 404 && !error) {
    throw new BrokerRefusal(
      `The broker at ${url} has no part for operators. Start it with OPERATOR_USERNAME and OPERATOR_PASSWORD.`,
    )
  }
  throw new BrokerRefusal(error ?? `The broker at ${url} answered ${response.status}: ${text}`)
}

/** What the broker tells as it goes: a line of JSON each. */
export async function* eventsOf<Event>(response: Response): AsyncGenerator<Event> {
  const body = Readable.fromWeb(response.body as ReadableStream)
  for await (const line of createInterface({ input: body })) yield JSON.parse(line)
}

function errorOf(text: string): string | undefined {
  try {
    return JSON.parse(text).error
  } catch {
    return undefined
  }
}
