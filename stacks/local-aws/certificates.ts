import type { webcrypto } from 'node:crypto'
// @peculiar/x509 needs it and does not bring it along.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type GeneralNameType,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Pem } from './secret-file.ts'

export interface CertificateRequest {
  commonName: string
  /** May it sign others? */
  authority: boolean
  dnsNames?: string[]
  ipAddresses?: string[]
  /** Without an issuer the certificate signs itself. */
  issuer?: Pem
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const YEARS = 10

/** Makes an ECDSA P-256 key and a certificate for it, good for servers and clients for ten years. */
export async function makeCertificate(request: CertificateRequest): Promise<Pem> {
  const { commonName, authority, dnsNames = [], ipAddresses = [], issuer } = request
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const names = [...dnsNames.map(named('dns')), ...ipAddresses.map(named('ip'))]
  const issuedBy = issuer && new X509Certificate(issuer.certificate)
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: issuedBy?.subject ?? `CN=${commonName}`,
    // An hour back, for clocks that differ; whole seconds are all that a certificate can hold.
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + YEARS * 365 * 86_400_000),
    publicKey: keys.publicKey,
    signingKey: issuer ? await importPrivateKey(issuer.privateKey) : keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(authority, undefined, true),
      new KeyUsagesExtension(keyUsages(authority), true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(issuedBy ? [await AuthorityKeyIdentifierExtension.create(issuedBy.publicKey)] : []),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return { certificate: certificate.toString('pem'), privateKey: await exportPrivateKey(keys.privateKey) }
}

function keyUsages(authority: boolean): KeyUsageFlags {
  const usages = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement
  return authority ? usages | KeyUsageFlags.keyCertSign : usages
}

function named(type: GeneralNameType) {
  return (value: string) => ({ type, value })
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

async function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}
