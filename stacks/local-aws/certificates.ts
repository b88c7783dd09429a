import { createHash, randomBytes, type webcrypto } from 'node:crypto'
import { type BaseBlock, BitString, Integer, OctetString, Utf8String } from 'asn1js'
import * as x509 from 'pkijs'
import type { Pem } from './secret-file.ts'

export interface CertificateRequest {
  commonName: string
  /** May it sign others? */
  authority: boolean
  dnsNames?: string[]
  /** IPv4. */
  ipAddresses?: string[]
  /** Without an issuer the certificate signs itself. */
  issuer?: Pem
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const YEARS = 10

/** Of RFC 5280. */
const commonNameType = '2.5.4.3'
const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'
const dnsName = 2
const ipAddress = 7

/** Makes an ECDSA P-256 key and a certificate for it, good for servers and clients for ten years. */
export async function makeCertificate(request: CertificateRequest): Promise<Pem> {
  const { commonName, issuer } = request
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const issuedBy = issuer && x509.Certificate.fromBER(fromPem(issuer.certificate))
  const certificate = new x509.Certificate({
    // Counted from 0: the one that has extensions.
    version: 2,
    serialNumber: new Integer({ valueHex: serialNumber() }),
    subject: named(commonName),
    issuer: issuedBy?.subject ?? named(commonName),
    // An hour back, for clocks that differ.
    notBefore: new x509.Time({ value: new Date(Date.now() - 3_600_000) }),
    notAfter: new x509.Time({ value: new Date(Date.now() + YEARS * 365 * 86_400_000) }),
  })
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey)
  certificate.extensions = extensions(request, keyId(certificate), issuedBy && keyId(issuedBy))
  const signingKey = issuer ? await importPrivateKey(issuer.privateKey) : keys.privateKey
  await certificate.sign(signingKey, ALGORITHM.hash)
  return {
    certificate: toPem('CERTIFICATE', certificate.toSchema().toBER()),
    privateKey: toPem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
  }
}

function extensions(
  { authority, dnsNames = [], ipAddresses = [] }: CertificateRequest,
  ownKey: OctetString,
  issuersKey?: OctetString,
): x509.Extension[] {
  const names = [
    ...dnsNames.map((value) => new x509.GeneralName({ type: dnsName, value })),
    ...ipAddresses.map((value) => new x509.GeneralName({ type: ipAddress, value: octets(value) })),
  ]
  return [
    extension(x509.id_BasicConstraints, new x509.BasicConstraints({ cA: authority }).toSchema(), true),
    extension(x509.id_KeyUsage, keyUsage(authority), true),
    extension(
      x509.id_ExtKeyUsage,
      new x509.ExtKeyUsage({ keyPurposes: [serverAuth, clientAuth] }).toSchema(),
    ),
    extension(x509.id_SubjectKeyIdentifier, ownKey),
    ...(issuersKey
      ? [
          extension(
            x509.id_AuthorityKeyIdentifier,
            new x509.AuthorityKeyIdentifier({ keyIdentifier: issuersKey }).toSchema(),
          ),
        ]
      : []),
    ...(names.length > 0
      ? [extension(x509.id_SubjectAltName, new x509.GeneralNames({ names }).toSchema())]
      : []),
  ]
}

function extension(extnID: string, value: Pick<BaseBlock, 'toBER'>, critical = false): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: value.toBER() })
}

/** Signatures and key agreement, and an authority signs certificates. */
function keyUsage(authority: boolean): BitString {
  return new BitString({
    valueHex: new Uint8Array([authority ? 0b10001100 : 0b10001000]),
    unusedBits: authority ? 2 : 3,
  })
}

function named(commonName: string): x509.RelativeDistinguishedNames {
  const value = new Utf8String({ value: commonName })
  const name = new x509.AttributeTypeAndValue({ type: commonNameType, value })
  return new x509.RelativeDistinguishedNames({ typesAndValues: [name] })
}

function octets(address: string): OctetString {
  return new OctetString({ valueHex: new Uint8Array(address.split('.').map(Number)) })
}

function keyId({ subjectPublicKeyInfo }: x509.Certificate): OctetString {
  const { valueHexView } = subjectPublicKeyInfo.subjectPublicKey.valueBlock
  return new OctetString({ valueHex: new Uint8Array(createHash('sha1').update(valueHexView).digest()) })
}

/** A positive number of 16 bytes, none of which is superfluous. */
function serialNumber(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(16))
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return bytes
}

function toPem(what: string, der: ArrayBuffer): string {
  const base64 = Buffer.from(der).toString('base64')
  return `-----BEGIN ${what}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${what}-----\n`
}

const fromPem = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey('pkcs8', fromPem(pem), ALGORITHM, false, ['sign'])
}
