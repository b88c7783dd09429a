import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../../../support/refusal.ts'
import type { SharedBroker } from '../../../support/shared-broker.ts'
import { endpoints, raw, version } from './requests.ts'

const json = { ...version, 'Content-Type': 'application/json' }
const writing = endpoints.filter(({ body, status }) => body && status !== 404)

export function bodies(broker: SharedBroker): void {
  describe.each(writing)('the body of $method $path', ({ method, path, body }) => {
    const send = (sent: RequestInit['body'] | object, headers: Record<string, string> = {}) =>
      broker().request(method, path, { body: sent as string, headers })

    test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
      'is refused with 400 as %s',
      async (type) => {
        expectRefusal(await send(body as object, { 'Content-Type': type }), 400)
      },
    )

    test.each(['application/json; charset=utf-8', 'Application/JSON'])('is read as %s', async (type) => {
      expectRefusal(await send(body as object, { 'Content-Type': type }), 422, 'AsyncRequired')
    })

    test.each([
      ['is empty', ' '],
      ['is cut off', '{"service_id":'],
      ['is a list', '[]'],
      ['is a string', '"service_id"'],
      ['is null', 'null'],
      ['nests without end', '{"context":'.repeat(80_000)],
      ['nests deeply in a list', '['.repeat(400_000) + ']'.repeat(400_000)],
    ])('is refused with 400 when it %s', async (_, sent) => {
      expectRefusal(await send(sent), 400)
    })

    test('is refused with 400 when it is not UTF-8', async () => {
      const wrong = Buffer.from(JSON.stringify({ ...body, space_guid: 'é' }), 'latin1')
      const response = await raw(broker(), method, path, json, wrong)
      expect(response.status).toBe(400)
    })

    test('may have fields that the broker does not know', async () => {
      const sent = { ...body, x_vendor: { deep: [1] }, context: { platform: 'x', x_field: { a: null } } }
      expectRefusal(await send(sent), 422, 'AsyncRequired')
    })

    test.each([
      ['in one piece', (bytes: Buffer) => bytes],
      ['in chunks', (bytes: Buffer) => new Blob([bytes]).stream()],
    ])('is refused with 413 when it has 10 MB, %s', async (_, wrap) => {
      const response = await raw(broker(), method, path, json, wrap(Buffer.alloc(10_000_000, ' ')))
      expect(response.status).toBe(413)
      expect(await response.json()).toEqual({ description: expect.any(String) })
    })
  })
}
