import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import {
  bitString,
  type Der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  utcTime,
  utf8String,
  yes,
} from './der.ts'
import type { Pem } from './secret-file.ts'

export interface CertificateRequest {
  commonName: string
  /** May it sign others? */
  authority: boolean
  dnsNames?: string[]
  /** Of version 4. */
  ipAddresses?: string[]
  /** Without an issuer the certificate signs itself. */
  issuer?: Pem
}

const YEARS = 10

const ids = {
  ecdsaWithSha256: objectIdentifier('1.2.840.10045.4.3.2'),
  commonName: objectIdentifier('2.5.4.3'),
  subjectKeyIdentifier: objectIdentifier('2.5.29.14'),
  keyUsage: objectIdentifier('2.5.29.15'),
  subjectAltName: objectIdentifier('2.5.29.17'),
  basicConstraints: objectIdentifier('2.5.29.19'),
  authorityKeyIdentifier: objectIdentifier('2.5.29.35'),
  extKeyUsage: objectIdentifier('2.5.29.37'),
  serverAuth: objectIdentifier('1.3.6.1.5.5.7.3.1'),
  clientAuth: objectIdentifier('1.3.6.1.5.5.7.3.2'),
}

/** The bits for `digitalSignature` and `keyAgreement`, and an authority's `keyCertSign`. */
const keyUsage = (authority: boolean) => (authority ? bitString([0b10001100], 2) : bitString([0b10001000], 3))

/**
 * Makes an ECDSA P-256 key and a certificate for it (RFC 5280), good for servers and clients for ten years. Node makes
 * none, and a library for all that there can be in one takes 0.15 CPU s to load, in each provider that makes a group.
 */
export function makeCertificate(request: CertificateRequest): Pem {
  const { commonName, authority, dnsNames = [], ipAddresses = [], issuer } = request
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuedBy = issuer && new X509Certificate(issuer.certificate)
  const names = [
    ...dnsNames.map((name) => tagged(0x82, Buffer.from(name))),
    ...ipAddresses.map((address) => tagged(0x87, address.split('.').map(Number))),
  ]
  const extensions = [
    critical(ids.basicConstraints, sequence(...(authority ? [yes] : []))),
    critical(ids.keyUsage, keyUsage(authority)),
    extension(ids.extKeyUsage, sequence(ids.serverAuth, ids.clientAuth)),
    extension(ids.subjectKeyIdentifier, octetString(hashOf(publicKey))),
    ...(issuedBy
      ? [extension(ids.authorityKeyIdentifier, sequence(tagged(0x80, hashOf(issuedBy.publicKey))))]
      : []),
    ...(names.length > 0 ? [extension(ids.subjectAltName, sequence(...names))] : []),
  ]
  const algorithm = sequence(ids.ecdsaWithSha256)
  const content = sequence(
    // Version 3.
    tagged(0xa0, integer(2)),
    integer(1, ...randomBytes(15)),
    algorithm,
    distinguishedName(issuedBy?.subject.replace('CN=', '') ?? commonName),
    // An hour back, for clocks that differ.
    sequence(utcTime(fromNow(-3_600_000)), utcTime(fromNow(YEARS * 365 * 86_400_000))),
    distinguishedName(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey)
  return {
    certificate: new X509Certificate(sequence(content, algorithm, bitString(signature))).toString(),
    privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
}

function fromNow(milliseconds: number): Date {
  return new Date(Date.now() + milliseconds)
}

function distinguishedName(commonName: string): Der {
  return sequence(set(sequence(ids.commonName, utf8String(commonName))))
}

function extension(id: Der, value: Der): Der {
  return sequence(id, octetString(value))
}

function critical(id: Der, value: Der): Der {
  return sequence(id, yes, octetString(value))
}

/** The SHA-1 of the key's point, which ends its encoding: a byte for the form, and two coordinates. */
function hashOf(key: KeyObject): Buffer {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65)
  return createHash('sha1').update(point).digest()
}
