import { once } from 'node:events'
import type { Server } from 'node:http'
import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { listenFailure } from '../../state-backend/http/listening.ts'
import { version } from '../model/version.ts'
import type { Settings } from '../settings/settings.ts'

/** Milliseconds after which a stop ends connections on which nobody asks for anything. */
const idleGrace = 3000

/**
 * The HTTP server. It listens before anything else is done, so that a port which is taken is told at once, and answers
 * everything with 503 until the whole program is there.
 */
export class Front {
  readonly port: number
  readonly #server: ServerType
  readonly #answering: { app?: Pick<Hono, 'fetch'> }
  #closing: Promise<void> | undefined

  private constructor(server: ServerType, port: number, answering: { app?: Pick<Hono, 'fetch'> }) {
    this.#server = server
    this.#answering = answering
    this.port = port
  }

  /** @throws Error that names the setting */
  static async listen({ HOST, PORT }: Pick<Settings, 'HOST' | 'PORT'>): Promise<Front> {
    const answering: { app?: Pick<Hono, 'fetch'> } = {}
    const fetch: typeof Hono.prototype.fetch = (request, env) =>
      answering.app?.fetch(request, env) ?? starting()
    const server = serve({ fetch, hostname: HOST, port: PORT })
    await once(server, 'listening').catch((error) => {
      throw listenFailure(error, HOST, PORT)
    })
    const address = server.address()
    return new Front(server, typeof address === 'object' && address ? address.port : PORT, answering)
  }

  /** From here on requests are the app's. */
  mount(app: Pick<Hono, 'fetch'>): void {
    this.#answering.app = app
  }

  /** Answers that are under way are finished; who holds a connection open without asking does not hold the broker. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    const timer = setTimeout(() => (this.#server as Server).closeAllConnections(), idleGrace)
    await closed
    clearTimeout(timer)
  }
}

/** For the platform, a load balancer and Terraform alike: all of them ask again. */
function starting(): Response {
  const body = {
    status: 'starting',
    version,
    description: 'The broker is starting. Try again in a few seconds.',
  }
  return Response.json(body, { status: 503, headers: { 'Retry-After': '5' } })
}
