import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { ClientResponse } from 'hono/client'
import { BrokerRefusal } from './client.ts'

type Failed = { type: 'failed'; message: string }

/**
 * Events that the broker tells as it goes: a line of JSON each, the last one of type `ended`.
 * @throws BrokerRefusal when the work has failed, or there is no end
 */
export async function* eventsOf<Event extends { type: string }>(
  response: ClientResponse<Event, number, 'ndjson'>,
  what: string,
): AsyncGenerator<Exclude<Event, Failed>> {
  const body = Readable.fromWeb(response.body as ReadableStream)
  try {
    for await (const line of createInterface({ input: body })) {
      const event = JSON.parse(line) as Event
      if (isFailed(event)) throw new BrokerRefusal(`${what} was interrupted: ${event.message}`)
      yield event as Exclude<Event, Failed>
      if (event.type === 'ended') return
    }
  } catch (error) {
    if (error instanceof BrokerRefusal) throw error
    throw new BrokerRefusal(`${what} was interrupted: ${(error as Error).message}`)
  }
  throw new BrokerRefusal(`${what} was interrupted: the broker has stopped.`)
}

const isFailed = (event: { type: string }): event is Failed => event.type === 'failed'
