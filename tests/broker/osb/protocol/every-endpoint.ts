import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../../../support/refusal.ts'
import type { SharedBroker } from '../../../support/shared-broker.ts'
import { endpoints, raw } from './requests.ts'

/** The checks of every endpoint, whatever it is for. */
export function everyEndpoint(broker: SharedBroker): void {
  describe.each(endpoints)('$method $path', ({ method, path, body, status }) => {
    test(`answers ${status} to a well-formed request`, async () => {
      const answer = await broker().request(method, path, { body })
      if (status === 200) expect(answer.status).toBe(200)
      else expectRefusal(answer, status, status === 422 ? 'AsyncRequired' : undefined)
    })

    test.each<[string, string | null]>([
      ['no login', null],
      ['a wrong password', 'broker:wrong'],
      ['a wrong user name', 'operator:broker'],
      ["the operators' login", 'operator:operator'],
      ['an empty login', ':'],
    ])('refuses %s with 401', async (_, login) => {
      const answer = await broker().request(method, path, { body, login })
      expectRefusal(answer, 401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
    })

    test('refuses a request without a version with 400, and names the version to use', async () => {
      const response = await raw(broker(), method, path, {})
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ description: expect.stringContaining('2.17') })
    })

    test.each(['1.14', '3.0', '2', '2.x', 'latest'])('refuses the version %s with 412', async (version) => {
      const answer = await broker().request(method, path, {
        body,
        headers: { 'X-Broker-API-Version': version },
      })
      expectRefusal(answer, 412)
      expect(answer.body.description).toContain('2.17')
    })

    test('gives the request identity back, whatever the answer is', async () => {
      for (const login of ['broker:broker', 'broker:wrong']) {
        const headers = { 'X-Broker-API-Request-Identity': randomUUID() }
        const answer = await broker().request(method, path, { body, headers, login })
        expect(answer.headers.get('x-broker-api-request-identity')).toBe(
          headers['X-Broker-API-Request-Identity'],
        )
      }
    })

    test.each([
      ['of Cloud Controller', `cloudfoundry ${btoa('{"user_id":"683ea748-3092-4ff4-b656-39cacc4d5360"}')}`],
      [
        'of another platform',
        `kubernetes ${btoa('{"username":"duke","uid":"c2dde242","groups":["admin"]}')}`,
      ],
      ['that is no base64', 'cloudfoundry ???'],
      ['that is no JSON object', `cloudfoundry ${btoa('null')}`],
      ['without a value', 'cloudfoundry'],
    ])('takes an originating identity %s', async (_, identity) => {
      const headers = { 'X-Broker-API-Originating-Identity': identity }
      expect((await broker().request(method, path, { body, headers })).status).toBe(status)
    })
  })
}
