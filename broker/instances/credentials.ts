import type { Outputs } from './outputs.ts'

/** The credentials of a binding. The keys are those that existing users of the service depend on. */
export interface RedisCredentials {
  hostname: string
  host: string
  port: string
  password: string
  uri: string
  current_redis_engine_version: string
  reader_hostname?: string
  /** PEM; where the servers' certificates are signed by an authority that clients don't know. */
  ca_certificate?: string
}

/** @param caCertificate PEM of the authority, where clients don't know it already */
export function credentials(outputs: Outputs, caCertificate?: string): RedisCredentials {
  const { hostname, password } = outputs
  const port = String(outputs.port)
  return {
    hostname,
    host: hostname,
    port,
    password,
    uri: `rediss://:${encodeURIComponent(password)}@${hostname}:${port}`,
    current_redis_engine_version: outputs.engineVersion,
    ...(outputs.readerHostname === undefined ? {} : { reader_hostname: outputs.readerHostname }),
    ...(caCertificate === undefined ? {} : { ca_certificate: caCertificate }),
  }
}
