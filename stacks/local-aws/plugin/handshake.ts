import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Terraform's public marker: it tells a plugin that Terraform, and not a person, has started it. */
const MAGIC_COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2'
const CORE_PROTOCOL_VERSION = 1
const PROVIDER_PROTOCOL_VERSION = 6

/** Why Terraform did not start this process as a plugin that it can talk to; undefined when it did. */
export function handshakeProblem(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment.TF_PLUGIN_MAGIC_COOKIE !== MAGIC_COOKIE) {
    return 'This program is a Terraform provider plugin. Terraform starts it; with -debug it serves by itself.'
  }
  const offered = environment.PLUGIN_PROTOCOL_VERSIONS?.split(',') ?? []
  if (!offered.includes(String(PROVIDER_PROTOCOL_VERSION))) {
    return `This provider speaks plugin protocol ${PROVIDER_PROTOCOL_VERSION} only, Terraform offers ${offered.join(', ') || 'none'}.`
  }
  return undefined
}

/** Short: the path of a unix socket may have 103 bytes on macOS. */
export function socketPath(environment: NodeJS.ProcessEnv): string {
  return join(environment.PLUGIN_UNIX_SOCKET_DIR || tmpdir(), `plugin-${randomUUID().slice(0, 13)}`)
}

/** The one line on standard output that tells Terraform where and how to connect. */
export function handshakeLine(socket: string, certificate?: string): string {
  const der = certificate?.replace(/-----[^-]+-----|\s/g, '').replace(/=+$/, '') ?? ''
  return `${CORE_PROTOCOL_VERSION}|${PROVIDER_PROTOCOL_VERSION}|unix|${socket}|grpc|${der}\n`
}

/** The line that a person or a program sets so that Terraform attaches to a provider that is already running. */
export function reattachLine(address: string, socket: string): string {
  const reattach = {
    [address]: {
      Protocol: 'grpc',
      ProtocolVersion: PROVIDER_PROTOCOL_VERSION,
      Pid: process.pid,
      Test: true,
      Addr: { Network: 'unix', String: socket },
    },
  }
  return `\tTF_REATTACH_PROVIDERS='${JSON.stringify(reattach)}'\n`
}
