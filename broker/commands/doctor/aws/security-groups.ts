import { createHash, createHmac, type Hmac } from 'node:crypto'
import { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { SignatureV4 } from '@smithy/signature-v4'
import { XMLParser } from 'fast-xml-parser'
import * as v from 'valibot'
import type { Settings } from '../../../settings/settings.ts'
import { parsed } from '../../../text/issues.ts'
import { addressOf, awsOptions } from './access.ts'

export interface SecurityGroup {
  id: string
  vpc: string
  /** Whether an inbound rule has the port of Redis. */
  opens: boolean
}

/** Tags that may come once or several times. */
const lists = new Set(['item', 'Error'])

const port = v.optional(v.pipe(v.unknown(), v.transform(Number)))
const answerSchema = v.object({
  DescribeSecurityGroupsResponse: v.object({
    securityGroupInfo: v.object({
      item: v.array(
        v.object({
          groupId: v.string(),
          vpcId: v.optional(v.string(), 'no VPC'),
          ipPermissions: v.union([
            v.object({
              item: v.array(v.object({ ipProtocol: v.string(), fromPort: port, toPort: port })),
            }),
            v.pipe(
              v.literal(''),
              v.transform(() => ({ item: [] })),
            ),
          ]),
        }),
      ),
    }),
  }),
})

/**
 * The one call of EC2 that is needed: the SDK's client for it would be larger than all else of the broker.
 * Refusals are thrown with the code that EC2 gives as their name.
 */
export async function securityGroupsOf(settings: Settings, ids: string[]): Promise<SecurityGroup[]> {
  const options = awsOptions(settings)
  const url = new URL(addressOf('ec2', settings))
  const names = ids.map((id, index) => [`GroupId.${index + 1}`, id])
  const body = new URLSearchParams([
    ['Action', 'DescribeSecurityGroups'],
    ['Version', '2016-11-15'],
    ...names,
  ] as [string, string][]).toString()
  const client = new ElastiCacheClient(options)
  const signer = new SignatureV4({
    service: 'ec2',
    region: settings.AWS_REGION,
    credentials: client.config.credentials,
    sha256: Sha256,
  })
  const { method, headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port ? { port: Number(url.port) } : {}),
    path: '/',
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  })
  client.destroy()
  const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(10_000) })
  const answer: unknown = new XMLParser({ parseTagValue: false, isArray: (name) => lists.has(name) }).parse(
    await response.text(),
  )
  if (!response.ok) throw refusalIn(answer, response.status)
  const { item } = parsed(answerSchema, answer, 'The answer of EC2').DescribeSecurityGroupsResponse
    .securityGroupInfo
  return item.map(({ groupId, vpcId, ipPermissions }) => ({
    id: groupId,
    vpc: vpcId,
    opens: ipPermissions.item.some(
      ({ ipProtocol, fromPort = 0, toPort = 65_535 }) =>
        ipProtocol === '-1' ||
        (ipProtocol === 'tcp' && fromPort <= settings.REDIS_PORT && settings.REDIS_PORT <= toPort),
    ),
  }))
}

const error = v.object({
  Error: v.tupleWithRest([v.object({ Code: v.string(), Message: v.optional(v.string(), '') })], v.unknown()),
})

/** EC2 has a shape of its own for refusals; what stands in for AWS may have that of the other services. */
const refusalSchema = v.union([
  v.pipe(
    v.object({ Response: v.object({ Errors: error }) }),
    v.transform(({ Response }) => Response.Errors.Error[0]),
  ),
  v.pipe(
    v.object({ ErrorResponse: error }),
    v.transform(({ ErrorResponse }) => ErrorResponse.Error[0]),
  ),
])

function refusalIn(answer: unknown, status: number): Error {
  const { success, output } = v.safeParse(refusalSchema, answer)
  if (!success) return new Error(`EC2 answered ${status}`)
  return Object.assign(new Error(output.Message), { name: output.Code })
}

/** SHA-256 and its HMAC as the signer asks for them. */
class Sha256 {
  readonly #hash: Pick<Hmac, 'update' | 'digest'>

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
