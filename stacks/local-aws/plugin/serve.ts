import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Pem } from '../secret-file.ts'
import { handshakeLine, handshakeProblem, reattachLine, socketPath } from './handshake.ts'
import type { Provider } from './provider.ts'
import { providerService } from './service.ts'

export interface ServeOptions {
  /** The provider's address, such as `registry.terraform.io/hashicorp/aws`. */
  address: string
  /** Serve by itself, over plain gRPC, any number of Terraform runs, until a signal ends it. */
  debug: boolean
  /** This plugin's self-signed certificate for `localhost`; asked for only when Terraform wants TLS. */
  identity: () => Promise<Pem>
}

/** Serves `provider` to Terraform until it says that it is done, or goes away. */
export async function serve(provider: Provider, { address, debug, identity }: ServeOptions): Promise<void> {
  const problem = debug ? undefined : handshakeProblem(process.env)
  if (problem) {
    process.stderr.write(`${problem}\n`)
    process.exitCode = 1
    return
  }

  const socket = socketPath(process.env)
  process.once('exit', () => rmSync(socket, { force: true }))

  const server = new Server()
  const end = () => {
    server.tryShutdown(() => process.exit(0))
    // Terraform does not wait for long either.
    setTimeout(() => process.exit(0), 200)
  }
  const definition = loadPackageDefinition(
    loadSync([proto('tfplugin6'), proto('grpc-controller')], {
      keepCase: true,
      longs: Number,
      enums: String,
    }),
  ) as unknown as Record<'tfplugin6' | 'plugin', Record<string, ServiceClientConstructor>>
  server.addService(service(definition.tfplugin6.Provider), providerService(provider))
  server.addService(service(definition.plugin.GRPCController), {
    Shutdown: (_call: unknown, callback: (error: null, empty: object) => void) => {
      callback(null, {})
      end()
    },
  })

  const clientCertificate = debug ? undefined : process.env.PLUGIN_CLIENT_CERT
  const own = clientCertificate ? await identity() : undefined
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials(own, clientCertificate), (error) =>
      error ? reject(error) : resolve(),
    )
  })

  if (debug) {
    process.stdout.write(
      'Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS variable:\n\n',
    )
    process.stdout.write(reattachLine(address, socket))
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), parentGone()])
    end()
  } else {
    process.stdout.write(handshakeLine(socket, own?.certificate))
    // A Ctrl-C reaches the whole terminal. Terraform handles it and tells its plugins what to do.
    process.on('SIGINT', () => {})
    await parentGone()
    process.exit(0)
  }
}

function credentials(own?: Pem, clientCertificate?: string): ServerCredentials {
  if (!own || !clientCertificate) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(own.privateKey), cert_chain: Buffer.from(own.certificate) }
  return ServerCredentials.createSsl(Buffer.from(clientCertificate), [pair], true)
}

/** A killed Terraform says no goodbye, and a plugin that stays would wait for ever. */
async function parentGone(): Promise<void> {
  const parent = process.ppid
  await new Promise<void>((resolve) => {
    setInterval(() => process.ppid !== parent && resolve(), 500)
  })
}

function proto(name: string): string {
  return join(import.meta.dirname, `${name}.proto`)
}

function service(client: ServiceClientConstructor | undefined) {
  if (!client) throw new Error('A service is missing in the protocol files.')
  return client.service
}
