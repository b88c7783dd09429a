import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { fileFault } from './file-fault.ts'

/** Where a Redis is, and how one signs in there. */
export interface ServiceKey {
  host: string
  port: number
  password?: string
  tls: boolean
  /** PEM of the authority, where clients don't know it already. */
  caCertificate?: string
}

const Credentials = v.object({
  hostname: v.optional(v.string()),
  host: v.optional(v.string()),
  port: v.optional(v.union([v.string(), v.number()])),
  password: v.optional(v.string()),
  uri: v.optional(v.string()),
  ca_certificate: v.optional(v.string()),
})

/**
 * The service key in a file, as `cf service-key` prints it, with the lines around it or without.
 * @param file its path, or `-` for the standard input
 * @throws Error that names what is missing, and quotes nothing
 */
export async function readServiceKey(file: string): Promise<ServiceKey> {
  const from = file === '-' ? 'the standard input' : file
  const content = file === '-' ? await text(process.stdin) : await contentOf(file)
  const start = content.indexOf('{')
  let json: unknown
  try {
    json = JSON.parse(content.slice(Math.max(0, start), content.lastIndexOf('}') + 1))
  } catch {
    throw new Error(
      `There is no JSON in ${from}. It should have what "cf service-key <instance> <key>" prints.`,
    )
  }
  const inner = v.safeParse(v.object({ credentials: v.record(v.string(), v.unknown()) }), json)
  const { success, output, issues } = v.safeParse(
    Credentials,
    inner.success ? inner.output.credentials : json,
  )
  if (!success) throw new Error(`${v.getDotPath(issues[0])} in ${from} is not what a service key has.`)
  return keyOf(output, from)
}

const contentOf = (file: string) =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw fileFault(error, file, 'read')
  })

function keyOf(given: v.InferOutput<typeof Credentials>, from: string): ServiceKey {
  const uri = given.uri === undefined ? undefined : URL.parse(given.uri)
  if (uri === null || (uri && !/^rediss?:$/.test(uri.protocol))) {
    throw new Error(`uri in ${from} is no address of a Redis: it should begin with rediss://.`)
  }
  const host = given.hostname ?? given.host ?? uri?.hostname
  const port = Number(given.port ?? (uri && (uri.port || 6379)))
  const password = given.password ?? (uri && decodeURIComponent(uri.password))
  if (!host) throw new Error(`There is no hostname in ${from}.`)
  if (!(port > 0 && port < 65_536)) throw new Error(`There is no port in ${from}.`)
  if (password === undefined) throw new Error(`There is no password in ${from}.`)
  return {
    host,
    port,
    ...(password ? { password } : {}),
    tls: uri?.protocol !== 'redis:',
    ...(given.ca_certificate ? { caCertificate: given.ca_certificate } : {}),
  }
}
