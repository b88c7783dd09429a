import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { about, type Check } from './check.ts'

const dayMs = 86_400_000
const handshakeTimeoutMs = 8000

/** Days before its end from which a certificate should be replaced. */
const soon = 21

export const certificate: Check = {
  subject: 'certificate',
  async run({ STATE_URL }) {
    const { ok, warning, failed } = about('certificate')
    if (!STATE_URL?.startsWith('https:')) return []
    const { hostname, port } = new URL(STATE_URL)
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(port || 443),
      rejectUnauthorized: false,
      ...(isIP(host) ? {} : { servername: host }),
    })
    try {
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(handshakeTimeoutMs) })
      return judged(socket)
    } catch (error) {
      return failed(`${host} does not answer with TLS (${(error as Error).message})`, 'Correct STATE_URL.')
    } finally {
      socket.destroy()
    }

    function judged(open: TLSSocket) {
      const { valid_to: end } = open.getPeerCertificate()
      const days = Math.floor((Date.parse(end) - Date.now()) / dayMs)
      if (!open.authorized) {
        return failed(
          `that of ${host} is not trusted: ${open.authorizationError}`,
          'Name its authority in NODE_EXTRA_CA_CERTS for the commands, and in SSL_CERT_FILE for Terraform.',
        )
      }
      const message = `that of ${host} is good until ${new Date(end).toISOString().slice(0, 10)}`
      return days < soon ? warning(`${message}, ${days} days`, 'Renew it.') : ok(message)
    }
  },
}
