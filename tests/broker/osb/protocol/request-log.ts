import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { deleteQuery, instancePath } from '../../../support/broker.ts'
import { logged } from '../../../support/broker-log.ts'
import type { SharedBroker } from '../../../support/shared-broker.ts'
import { instance } from './requests.ts'

export function requestLog(broker: SharedBroker): void {
  describe('the log', () => {
    const linesOf = (identity: string) =>
      logged(broker()).filter(({ requestIdentity }) => requestIdentity === identity)

    test('has one line a request, with what operators look for', async () => {
      const identity = randomUUID()
      await broker().request('GET', instancePath('logged'), {
        headers: {
          'X-Broker-API-Request-Identity': identity,
          'X-VCAP-Request-ID': 'vcap-id::of-this-request',
          'X-Broker-API-Originating-Identity': `cloudfoundry ${btoa('{"user_id":"u-1"}')}`,
        },
      })
      await expect
        .poll(() => linesOf(identity).filter(({ msg }) => msg === 'request'))
        .toEqual([
          expect.objectContaining({
            msg: 'request',
            method: 'GET',
            path: '/v2/service_instances/logged',
            status: 404,
            milliseconds: expect.any(Number),
            requestId: 'vcap-id::of-this-request',
            originatingIdentity: { platform: 'cloudfoundry', user_id: 'u-1' },
            instance: 'logged',
          }),
        ])
    })

    test('has the name of each refusal, and the request that it belongs to', async () => {
      const identity = randomUUID()
      await broker().request('DELETE', `${instancePath('refused')}?${deleteQuery()}`, {
        headers: { 'X-Broker-API-Request-Identity': identity, 'X-VCAP-Request-ID': 'vcap-id::of-a-refusal' },
      })
      const ofBoth = { requestId: 'vcap-id::of-a-refusal', method: 'DELETE', instance: 'refused' }
      await expect
        .poll(() => linesOf(identity))
        .toEqual([
          expect.objectContaining({
            ...ofBoth,
            msg: 'refused',
            event: 'gone',
            description: expect.any(String),
          }),
          expect.objectContaining({ ...ofBoth, msg: 'request', status: 410 }),
        ])
    })

    test.each([
      ['%2E%2E%2Fa%20b%2FÜ%25', '../a b/Ü%'],
      ['%2525', '%25'],
    ])('names the instance of %s as the operations do', async (encoded, instance) => {
      const identity = randomUUID()
      await broker().request('GET', `/v2/service_instances/${encoded}`, {
        headers: { 'X-Broker-API-Request-Identity': identity },
      })
      await expect
        .poll(() => linesOf(identity))
        .toContainEqual(expect.objectContaining({ msg: 'request', instance }))
    })

    const user = (value: string) => `cloudfoundry ${btoa(value)}`
    test.each<[string, string, unknown]>([
      ['an object', user('{"user_id":"u"}'), { user_id: 'u', platform: 'cloudfoundry' }],
      ['an object with a platform', user('{"platform":"other"}'), { platform: 'cloudfoundry' }],
      ['a list', user('["u"]'), user('["u"]')],
      ['a text', user('"u"'), user('"u"')],
      ['null', user('null'), user('null')],
      ['nothing', 'cloudfoundry', 'cloudfoundry'],
      ['no end', 'x'.repeat(1000), 'x'.repeat(200)],
    ])('takes only an object for an originating identity: %s', async (_, header, originatingIdentity) => {
      const identity = randomUUID()
      await broker().request('GET', '/v2/catalog', {
        headers: { 'X-Broker-API-Request-Identity': identity, 'X-Broker-API-Originating-Identity': header },
      })
      await expect
        .poll(() => linesOf(identity).map((line) => line.originatingIdentity))
        .toEqual([originatingIdentity])
    })

    test.each([
      ['of a known length', 'Content-Length: 1000\r\n\r\n{"service_id"'],
      ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"ser\r\n'],
    ])("does not take it for the broker's failure when a platform hangs up in a body %s", async (_, rest) => {
      const identity = randomUUID()
      const { hostname, port } = new URL(broker().url)
      const socket = connect(Number(port), hostname)
      const head = [
        `PUT ${instance}?accepts_incomplete=true HTTP/1.1`,
        `Host: ${hostname}`,
        `Authorization: Basic ${btoa('broker:broker')}`,
        'X-Broker-API-Version: 2.17',
        'Content-Type: application/json',
        `X-Broker-API-Request-Identity: ${identity}`,
      ]
      await new Promise((sent) => socket.write([...head, rest].join('\r\n'), sent))
      socket.destroy()
      await expect
        .poll(() => linesOf(identity))
        .toEqual([
          expect.objectContaining({ msg: 'refused', event: 'request-malformed' }),
          expect.objectContaining({ msg: 'request', status: 400 }),
        ])
    })

    test('never has a login or the value of a parameter', async () => {
      const value = 'dont-log-me-1'
      const wrong = { parameters: { password: value }, context: { secret: 'dont-log-me-2' } }
      await broker().provision('secretive', 'redis-dev', wrong)
      await broker().request('GET', '/v2/catalog', { login: 'broker:dont-log-me-3' })
      await broker().request('GET', '/v2/catalog?token=dont-log-me-4')
      await broker().request('GET', instancePath('logged-last'))
      await expect.poll(() => broker().output).toContain('logged-last')
      expect(broker().output).not.toContain('dont-log-me')
      expect(broker().output).not.toContain(btoa('broker:broker'))
    })
  })
}
