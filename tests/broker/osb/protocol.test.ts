import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceId } from '../../../broker/catalog/catalog.ts'
import { deleteQuery, instanceBody, instancePath, plans, TestBroker } from '../../support/broker.ts'
import { logged } from '../../support/broker-log.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start()
})
afterAll(() => broker?.remove())

/** With the platform's login and these headers only. */
function raw(method: string, path: string, headers: Record<string, string>, body?: RequestInit['body']) {
  const login = { Authorization: `Basic ${btoa('broker:broker')}` }
  const init = {
    method,
    headers: { ...login, ...headers },
    ...(body ? { body, duplex: 'half' as const } : {}),
  }
  return fetch(broker.url + path, init)
}
const version = { 'X-Broker-API-Version': '2.17' }
const json = { ...version, 'Content-Type': 'application/json' }

const instance = instancePath('some-instance')
const binding = `${instance}/service_bindings/some-binding`
const bindBody = { service_id: serviceId, plan_id: plans['redis-dev'] }

/** Every endpoint with a request that is well-formed, and what it gets while there is no instance. */
const endpoints: { method: string; path: string; body?: object; status: number }[] = [
  { method: 'GET', path: '/v2/catalog', status: 200 },
  { method: 'PUT', path: instance, body: instanceBody(), status: 422 },
  { method: 'GET', path: instance, status: 404 },
  { method: 'PATCH', path: instance, body: { service_id: serviceId }, status: 404 },
  { method: 'DELETE', path: `${instance}?${deleteQuery()}`, status: 410 },
  { method: 'GET', path: `${instance}/last_operation`, status: 404 },
  { method: 'PUT', path: binding, body: bindBody, status: 404 },
  { method: 'GET', path: binding, status: 404 },
  { method: 'DELETE', path: `${binding}?${deleteQuery()}`, status: 410 },
  { method: 'GET', path: `${binding}/last_operation`, status: 404 },
  { method: 'GET', path: '/v2/nothing', status: 404 },
  { method: 'POST', path: instance, body: instanceBody(), status: 404 },
]
const writing = endpoints.filter(({ body, status }) => body && status !== 404)

describe.each(endpoints)('$method $path', ({ method, path, body, status }) => {
  test(`answers ${status} to a well-formed request`, async () => {
    const answer = await broker.request(method, path, { body })
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
    const answer = await broker.request(method, path, { body, login })
    expectRefusal(answer, 401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
  })

  test('refuses a request without a version with 400, and names the version to use', async () => {
    const response = await raw(method, path, {})
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ description: expect.stringContaining('2.17') })
  })

  test.each(['1.14', '3.0', '2', '2.x', 'latest'])('refuses the version %s with 412', async (version) => {
    const answer = await broker.request(method, path, { body, headers: { 'X-Broker-API-Version': version } })
    expectRefusal(answer, 412)
    expect(answer.body.description).toContain('2.17')
  })

  test('gives the request identity back, whatever the answer is', async () => {
    for (const login of ['broker:broker', 'broker:wrong']) {
      const headers = { 'X-Broker-API-Request-Identity': randomUUID() }
      const answer = await broker.request(method, path, { body, headers, login })
      expect(answer.headers.get('x-broker-api-request-identity')).toBe(
        headers['X-Broker-API-Request-Identity'],
      )
    }
  })

  test.each([
    ['of Cloud Controller', `cloudfoundry ${btoa('{"user_id":"683ea748-3092-4ff4-b656-39cacc4d5360"}')}`],
    ['of another platform', `kubernetes ${btoa('{"username":"duke","uid":"c2dde242","groups":["admin"]}')}`],
    ['that is no base64', 'cloudfoundry ???'],
    ['that is no JSON object', `cloudfoundry ${btoa('null')}`],
    ['without a value', 'cloudfoundry'],
  ])('takes an originating identity %s', async (_, identity) => {
    const headers = { 'X-Broker-API-Originating-Identity': identity }
    expect((await broker.request(method, path, { body, headers })).status).toBe(status)
  })
})

test.each(['2.11', '2.13', '2.15', '2.17'])('speaks to platforms of version %s', async (spoken) => {
  for (const name of ['X-Broker-API-Version', 'X-Broker-Api-Version', 'x-broker-api-version']) {
    expect((await raw('GET', '/v2/catalog', { [name]: spoken })).status).toBe(200)
  }
})

test('wrong logins lock nobody out: Cloud Controller repeats them', async () => {
  for (let tries = 0; tries < 20; tries++) {
    expect((await broker.request('GET', '/v2/catalog', { login: 'broker:wrong' })).status).toBe(401)
  }
  expect((await broker.request('GET', '/v2/catalog')).status).toBe(200)
})

describe.each(writing)('the body of $method $path', ({ method, path, body }) => {
  const send = (sent: RequestInit['body'] | object, headers: Record<string, string> = {}) =>
    broker.request(method, path, { body: sent as string, headers })

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
    const response = await raw(method, path, json, wrong)
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
    const response = await raw(method, path, json, wrap(Buffer.alloc(10_000_000, ' ')))
    expect(response.status).toBe(413)
    expect(await response.json()).toEqual({ description: expect.any(String) })
  })
})

describe('the id in a path', () => {
  test.each([
    ['a slash', 'a/b'],
    ['a space, a question mark and a hash', 'a b?c#d'],
    ['an escape that is meant', '%2F%00'],
    ['letters of all the world', 'Ünïcode-日本語-😀'],
    ['a line break', 'a\nb'],
    ['quotes and SQL', `'; drop table broker.instances; --`],
    ['255 characters', 'i'.repeat(255)],
    ['the name of another endpoint', 'last_operation'],
  ])('may have %s', async (_, id) => {
    expectRefusal(await broker.request('GET', instancePath(id)), 404)
    expectRefusal(await broker.request('GET', `${instancePath(id)}/last_operation`), 404)
    expectRefusal(await broker.deprovision(id), 410)
  })

  test.each([
    ['a NUL', 'a\0b'],
    ['256 characters', 'i'.repeat(256)],
  ])('is refused with 400 when it has %s', async (_, id) => {
    expectRefusal(await broker.request('GET', instancePath(id)), 400)
    expectRefusal(await broker.provision(id), 400)
    expectRefusal(await broker.deprovision(id), 400)
    const inBinding = `${instance}/service_bindings/${encodeURIComponent(id)}`
    expectRefusal(await broker.request('PUT', inBinding, { body: bindBody }), 400)
    expectRefusal(await broker.request('DELETE', `${inBinding}?${deleteQuery()}`), 400)
  })

  test.each(['%', '%ZZ', '%FF', '%C3%28'])('does no harm with the wrong escape %s', async (id) => {
    const { status } = await broker.request('GET', `/v2/service_instances/${id}`)
    expect(status).toBeOneOf([400, 404])
  })
})

test('query keys given twice do no harm', async () => {
  const twice = `${instance}?accepts_incomplete=true&accepts_incomplete=false&${deleteQuery()}&${deleteQuery()}`
  expectRefusal(await broker.request('DELETE', twice), 410)
})

test('HEAD of the catalog answers like GET, without the body', async () => {
  const response = await raw('HEAD', '/v2/catalog', version)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

describe('the log', () => {
  const linesOf = (identity: string) =>
    logged(broker).filter(({ requestIdentity }) => requestIdentity === identity)

  test('has one line a request, with what operators look for', async () => {
    const identity = randomUUID()
    await broker.request('GET', instancePath('logged'), {
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
    await broker.request('DELETE', `${instancePath('refused')}?${deleteQuery()}`, {
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
    // What can't be decoded stays.
    ['%FF', '%FF'],
  ])('names the instance of %s as the operations do', async (encoded, instance) => {
    const identity = randomUUID()
    await broker.request('GET', `/v2/service_instances/${encoded}`, {
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
    await broker.request('GET', '/v2/catalog', {
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
    const { hostname, port } = new URL(broker.url)
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
    await broker.provision('secretive', 'redis-dev', wrong)
    await broker.request('GET', '/v2/catalog', { login: 'broker:dont-log-me-3' })
    await broker.request('GET', '/v2/catalog?token=dont-log-me-4')
    await broker.request('GET', instancePath('logged-last'))
    await expect.poll(() => broker.output).toContain('logged-last')
    expect(broker.output).not.toContain('dont-log-me')
    expect(broker.output).not.toContain(btoa('broker:broker'))
  })
})
