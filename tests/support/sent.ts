import { once } from 'node:events'
import { request } from 'node:http'
import { json, text } from 'node:stream/consumers'
import type { Answer } from './broker.ts'

/** Sends a path as it is: `fetch` resolves `..` and its escapes before anything is sent. */
export async function sent(
  server: string,
  method: string,
  path: string,
  login: string,
  body?: object,
): Promise<Answer> {
  const headers = { 'X-Broker-API-Version': '2.17', 'Content-Type': 'application/json' }
  const sending = request(server, { method, path, auth: login, headers, agent: false })
  sending.end(body && JSON.stringify(body))
  const [answer] = await once(sending, 'response')
  const isJson = answer.headers['content-type']?.startsWith('application/json')
  return {
    status: answer.statusCode,
    headers: new Headers(answer.headers),
    body: await (isJson ? json(answer) : text(answer)),
  }
}
