import { createHash, createHmac, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Pem, pemFile, secretFile } from '../secret-file.ts'

/** The user for replication and for this service itself. Applications are Redis' `default` user. */
export const SERVICE_USER = 'local-aws'

/** A password of a group's `SERVICE_USER`; it is derived anew whenever it is needed. */
export async function servicePassword(directory: string, groupId: string): Promise<string> {
  const key = await secretFile(join(directory, 'service.key'), () => randomBytes(32).toString('hex'))
  return createHmac('sha256', key).update(`redis:${groupId}`).digest('hex')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The authority that all nodes' certificates come from. */
export async function certificateAuthority(directory: string): Promise<Pem> {
  return pemFile(join(directory, 'ca.key'), async () => {
    const { makeCertificate } = await import('../certificates.ts')
    return makeCertificate({ commonName: 'local-aws ElastiCache', authority: true })
  })
}

export interface NodeCertificates {
  /** The node's certificate and private key in one file. */
  nodeFile: string
  authorityFile: string
}

export function nodeCertificateFile(nodeDirectory: string): string {
  return join(nodeDirectory, 'node.pem')
}

/** Writes what a node needs for TLS into its directory. */
export async function nodeCertificates(
  directory: string,
  nodeDirectory: string,
  address: string,
): Promise<NodeCertificates> {
  const authority = await certificateAuthority(directory)
  const nodeFile = nodeCertificateFile(nodeDirectory)
  await pemFile(nodeFile, async () => {
    const { makeCertificate } = await import('../certificates.ts')
    return makeCertificate({
      commonName: address,
      authority: false,
      dnsNames: ['localhost'],
      ipAddresses: [address],
      issuer: authority,
    })
  })
  const authorityFile = join(nodeDirectory, 'ca.crt')
  await writeFile(authorityFile, authority.certificate)
  return { nodeFile, authorityFile }
}
