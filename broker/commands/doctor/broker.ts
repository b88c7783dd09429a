import type { Settings } from '../../settings/settings.ts'
import { inUrl } from '../../states/url.ts'
import { operatorClient } from '../client/client.ts'

const timeoutMs = 30_000

/** The broker that runs here with these settings, if it runs. */
export function brokerHere({ HOST, PORT, operator }: Settings) {
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : inUrl(HOST)
  const { username = '', password = '' } = operator ?? {}
  return operatorClient(timeoutMs, { url: `http://${host}:${PORT}`, username, password })
}
