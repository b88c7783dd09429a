import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Call {
  headers: IncomingMessage['headers']
  text: string
}

/** Somebody's server that wants to be told of drift. */
export class WebhookReceiver {
  readonly calls: Call[] = []
  /** The answers to the next calls; 200 when they are used up. */
  readonly statuses: number[] = []
  /** The next call with this in it is refused. */
  refuses: string | undefined
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks = await request.toArray()
      const text = Buffer.concat(chunks).toString()
      this.calls.push({ headers: request.headers, text })
      const refused = this.refuses !== undefined && text.includes(this.refuses)
      if (refused) this.refuses = undefined
      response.writeHead(refused ? 500 : (this.statuses.shift() ?? 200)).end()
    })
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/drift`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }
}

/** The signature as the documentation tells receivers to compute it, without the library. */
export function signature({ headers, text }: Call, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}
