import { isIP } from 'node:net'
import { localDefaults } from '../settings/local-defaults.ts'
import type { Settings } from '../settings/settings.ts'

/** A host as a URL has it. */
export const inUrl = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)

/**
 * Where terraform on this machine reaches the state backend of a broker that listens on this port. Announced
 * default credentials stand in the address, so that operators have nothing to set on one machine.
 */
export function stateUrl(settings: Pick<Settings, 'HOST' | 'STATE_URL' | 'operator'>, port: number): string {
  const { HOST, STATE_URL, operator } = settings
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST
  const url = new URL(`${(STATE_URL ?? `http://${inUrl(host)}:${port}`).replace(/\/+$/, '')}/state`)
  // It is no secret, and where others reach the broker it is refused.
  if (operator?.password === localDefaults.OPERATOR_PASSWORD) {
    url.username = operator.username
    url.password = operator.password
  }
  return url.href
}
