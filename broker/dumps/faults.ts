import type { ServiceKey } from './service-key.ts'

const tunnel = (key?: ServiceKey) =>
  `From outside of the platform it takes a tunnel: cf ssh <app> -L "8000:${key ? `${key.host}:${key.port}` : '<hostname>:<port>'}", and --host 127.0.0.1 --port 8000.`

/** Errors of Redis, of the network and of the disk, and their meaning for somebody who copies keys. */
const known: [RegExp, (key?: ServiceKey) => string][] = [
  [
    /WRONGPASS|NOAUTH|invalid password|called without any password/,
    () =>
      'Redis does not take this password. It may have been changed: make a new service key and take that one.',
  ],
  [/NOPERM/, () => 'The user of this service key may not do this in the Redis.'],
  [
    /ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/,
    (key) => `The Redis cannot be reached. ${tunnel(key)}`,
  ],
  [
    /[Cc]onnection timeout/,
    (key) => `The Redis does not answer${key?.tls ? ', not with TLS at least' : ''}. ${tunnel(key)}`,
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate/,
    () => 'The certificate is that of another server: see where the tunnel leads.',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|self.signed certificate|unable to (verify|get)/,
    () =>
      'The certificate of the Redis is signed by an authority that is not known here: name its file in NODE_EXTRA_CA_CERTS, or take any certificate with --insecure.',
  ],
  [
    /wrong version number|ERR_SSL|EPROTO/,
    () => 'The server does not speak TLS. If that is meant, the uri in the key begins with redis://.',
  ],
  [
    /DUMP payload version or checksum/,
    () =>
      'This Redis is older than the one that the values come from, and does not take them. Restore them into the same version or a newer one.',
  ],
  [
    /^OOM|used memory > 'maxmemory'/,
    () => 'The Redis has no memory left. Choose a larger plan, or delete keys.',
  ],
  [
    /READONLY/,
    () => 'This is a replica, which takes no keys. Use the hostname, and not the reader_hostname.',
  ],
  [/DB index is out of range/, () => 'This Redis has fewer databases than the one that the keys come from.'],
  [/ENOSPC/, () => 'The disk is full.'],
  [/LOADING/, () => 'The Redis is still loading its data. Try again in a minute.'],
  [/MISCONF/, () => 'The Redis takes no keys now, since it could not save its data.'],
  [
    /[Ss]ocket closed|ECONNRESET|EPIPE|client is closed|ClientClosed|Disconnect/,
    () => 'The connection to the Redis has ended.',
  ],
]

/** The error in plain words. One that is not known stays as it is, without the password that it may quote. */
export function asSentence(error: unknown, key?: ServiceKey): Error {
  const { name, message, code } = error as NodeJS.ErrnoException
  const words = `${message} ${code ?? ''} ${name}`
  const sentence = known.find(([pattern]) => pattern.test(words))?.[1](key)
  return new Error(sentence ?? (key?.password ? message.replaceAll(key.password, '(password)') : message))
}
