import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../../stacks/local-aws/certificates.ts'
import type { Pem } from '../../../stacks/local-aws/secret-file.ts'

const authority = makeCertificate({ commonName: 'an authority', authority: true })
const node = makeCertificate({
  commonName: 'a node',
  authority: false,
  dnsNames: ['localhost', 'a-name-that-is-longer-than-all-the-others.example.org'],
  ipAddresses: ['127.0.0.1', '127.200.3.255'],
  issuer: authority,
})

const read = ({ certificate }: Pem) => new X509Certificate(certificate)

test('an authority signs itself and others, and others sign nothing', () => {
  expect(read(authority)).toMatchObject({ subject: 'CN=an authority', issuer: 'CN=an authority', ca: true })
  expect(read(authority).verify(read(authority).publicKey)).toBe(true)
  expect(read(node)).toMatchObject({ subject: 'CN=a node', issuer: 'CN=an authority', ca: false })
  expect(read(node).checkIssued(read(authority))).toBe(true)
  expect(read(node).verify(read(authority).publicKey)).toBe(true)
  expect(read(node).verify(read(node).publicKey)).toBe(false)
})

test('a certificate names what it is for', () => {
  expect(read(node).checkIP('127.200.3.255')).toBeDefined()
  expect(read(node).checkIP('127.200.3.254')).toBeUndefined()
  expect(read(node).checkHost('localhost')).toBeDefined()
  // For servers and for clients.
  expect(read(node).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
})

test('it is good from an hour ago, for ten years', () => {
  const { validFrom, validTo } = read(node)
  const years = (Date.parse(validTo) - Date.now()) / (365 * 86_400_000)
  expect(years).toBeGreaterThan(9.9)
  expect(years).toBeLessThan(10.1)
  expect(Date.now() - Date.parse(validFrom)).toBeGreaterThan(3_500_000)
})

test('each has a key and a serial number of its own', () => {
  expect(read(node).checkPrivateKey(createPrivateKey(node.privateKey))).toBe(true)
  expect(read(node).serialNumber).not.toBe(read(authority).serialNumber)
})

test('who trusts the authority can connect', async () => {
  const server = createServer({ cert: node.certificate, key: node.privateKey }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connecting = async (ca: Pem) => {
    const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate })
    try {
      await once(socket, 'secureConnect')
    } finally {
      socket.destroy()
    }
  }
  await connecting(authority)
  const another = makeCertificate({ commonName: 'an authority', authority: true })
  await expect(connecting(another)).rejects.toThrow(/certificate/)
  server.close()
})
