import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Served, serveLocalAws } from './endpoint.ts'

let served: Served
beforeAll(async () => {
  served = await serveLocalAws()
})
afterAll(() => served?.close())

/** A signed request with these headers, among them a `Host` that `fetch` would not send. */
function describeGroups(
  headers: Record<string, string>,
): Promise<{ status: number | undefined; text: string }> {
  const scope = 'AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/elasticache/aws4_request, Signature=0'
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { authorization: scope, ...headers } }
    const sent = request(served.endpoint.url, options, async (response) =>
      resolve({ status: response.statusCode, text: await text(response) }),
    )
    sent.on('error', reject).end('Action=DescribeReplicationGroups&Version=2015-02-02')
  })
}

test.each<[string, Record<string, string>]>([
  ['under a name that has come to mean this machine', { Host: 'evil.example:8081' }],
  ['under a name that looks like this machine', { Host: '127.0.0.1.evil.example' }],
  ['of another origin', { Origin: 'http://evil.example' }],
  ['of no origin', { Origin: 'null' }],
])('a page in a browser learns nothing %s', async (_what, headers) => {
  expect(await describeGroups(headers)).toMatchObject({
    status: 403,
    text: expect.stringContaining('<Code>AccessDenied</Code>'),
  })
})

test.each(['localhost:8081', '127.0.0.1', '[::1]:8081'])('a program asks for %s', async (host) => {
  expect((await describeGroups({ Host: host })).status).toBe(200)
})
