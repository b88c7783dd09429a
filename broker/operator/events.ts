import type { Context, TypedResponse } from 'hono'
import { stream } from 'hono/streaming'
import { causeOf } from '../../state-backend/postgres/cause.ts'

/** An answer that comes as events, a line of JSON each. Its type tells the client which. */
export type EventsResponse<Event> = Response & TypedResponse<Event, 200, 'ndjson'>

/**
 * Answers with the events of some work as they come. Work that fails ends with `{"type":"failed","message":…}`.
 *
 * @param work gets a signal that is aborted when the client goes away
 */
export function events<Event>(
  c: Context,
  what: string,
  work: (tell: (event: Event) => void, gone: AbortSignal) => Promise<void>,
): EventsResponse<Event | { type: 'failed'; message: string }> {
  c.header('Content-Type', 'application/x-ndjson')
  const response = stream(c, async (answer) => {
    const gone = new AbortController()
    answer.onAbort(() => gone.abort(new Error('nobody reads the answer')))
    let written: Promise<unknown> = Promise.resolve()
    const tell = (event: Event | { type: 'failed'; message: string }) => {
      written = answer.writeln(JSON.stringify(event))
    }
    try {
      await work(tell, gone.signal)
    } catch (error) {
      if (!gone.signal.aborted) c.get('log').error({ err: error }, `${what} failed`)
      tell({ type: 'failed', message: causeOf(error as Error).message })
    }
    await written
  })
  return response as EventsResponse<Event | { type: 'failed'; message: string }>
}
