import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestBroker } from '../support/broker.ts'
import { logged } from '../support/broker-log.ts'

const previous = 'of the platform last year'
let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    BROKER_PASSWORD_PREVIOUS: previous,
    OPERATOR_PASSWORD_PREVIOUS: 'of the operators last year',
    READER_USERNAME: 'auditor',
    READER_PASSWORD: 'of the auditors',
    READER_PASSWORD_PREVIOUS: 'of the auditors last year',
    STATE_KEYS: `zero:${Buffer.alloc(32).toString('base64')}`,
  })
})
afterAll(() => broker?.remove())

/** Its line may come after the answer. */
const expectLogged = (msg: string, fields: object) =>
  expect.poll(() => logged(broker, msg)).toContainEqual(expect.objectContaining(fields))

/** One of each part, with logins that open it. */
const parts = [
  { path: '/v2/catalog', logins: ['broker:broker', `broker:${previous}`] },
  { path: '/operator/instances', logins: ['operator:operator', 'operator:of the operators last year'] },
  { path: '/operator/instances', logins: ['auditor:of the auditors', 'auditor:of the auditors last year'] },
  { path: '/state/some', logins: ['operator:operator', 'operator:of the operators last year'] },
]

describe('a password can be changed without a time in which none works', () => {
  test.each(parts)('$path takes the new one and the one before', async ({ path, logins }) => {
    for (const login of logins)
      expect((await broker.request('GET', path, { login })).status).toBeLessThan(300)
  })

  test("the previous one of one role is nobody else's", async () => {
    const login = `operator:${previous}`
    expect((await broker.request('GET', '/operator/instances', { login })).status).toBe(401)
    const other = 'broker:of the operators last year'
    expect((await broker.request('GET', '/v2/catalog', { login: other })).status).toBe(401)
  })

  test('the start reminds of taking it out', () => {
    const settings = broker.output.match(/"setting":"[A-Z_]+"/g)
    expect(settings).toContain('"setting":"BROKER_PASSWORD_PREVIOUS"')
    expect(settings).toContain('"setting":"STATE_KEYS"')
  })
})

describe('who guesses a login', () => {
  test.each(parts)('is logged with address and user name: $path', async ({ path }) => {
    await broker.request('GET', path, { login: 'operator:a guess' })
    await expectLogged('Login failed', { level: 40, path, address: '127.0.0.1', user: 'operator' })
  })

  test('leaves no password in the log that was typed into the wrong field', async () => {
    await broker.request('GET', '/v2/catalog', { login: 'pass\u001bword-in-the-wrong-field:x' })
    await expectLogged('Login failed', { user: 'pas… (28 characters)' })
    expect(broker.output).not.toContain('word-in-the-wrong-field')
  })

  test('can give no address of its own choice', async () => {
    const headers = { 'X-Forwarded-For': '10.1.2.3' }
    await broker.request('GET', '/v2/forwarded', { login: 'broker:x', headers })
    await expectLogged('Login failed', { path: '/v2/forwarded', address: '127.0.0.1' })
  })

  test('is counted in the metrics', async () => {
    await broker.request('GET', '/v2/catalog', { login: 'broker:x' })
    const { body } = await broker.request('GET', '/operator/metrics', { login: 'operator:operator' })
    expect(body).toMatch(/broker_failed_logins_total\{part="v2"\} [1-9]/)
  })

  test('waits for answers in the end, and keeps nobody with the right password out', async () => {
    const guess = () => broker.request('GET', '/v2/catalog', { login: 'broker:a guess' })
    // More than are answered at once.
    await Promise.all(Array.from({ length: 30 }, guess))
    const answered: string[] = []
    const slow = guess().then(({ status }) => answered.push(`guess ${status}`))
    await broker.request('GET', '/v2/catalog').then(({ status }) => answered.push(`platform ${status}`))
    await slow
    expect(answered).toEqual(['platform 200', 'guess 401'])
  })
})

/** `fetch` leaves no choice of these headers. */
function send(method: string, path: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const authorization = `Basic ${btoa('operator:operator')}`
    const sent = request(broker.url + path, { method, headers: { authorization, ...headers } }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject).end(body)
  })
}

describe('a page in an operator’s browser can do nothing here', () => {
  test.each<[string, Record<string, string>]>([
    ['a foreign origin', { Origin: 'http://evil.example' }],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }],
    ['no origin of its own', { Origin: 'null' }],
    ['a browser that says so', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a subdomain', { 'Sec-Fetch-Site': 'same-site' }],
  ])('with %s', async (_name, headers) => {
    for (const path of ['/operator/drift', '/state/some', '/v2/catalog']) {
      const json = { 'Content-Type': 'application/json', ...headers }
      expect(await send('POST', path, json, '{}')).toMatchObject({
        status: 403,
        text: expect.stringMatching(/another site/),
      })
    }
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'with a body of type %j',
    async (type) => {
      const headers = type ? { 'Content-Type': type } : {}
      const { status, text } = await send('POST', '/operator/drift', headers, '{"instances":[]}')
      expect({ status, text }).toMatchObject({
        status: 415,
        text: expect.stringContaining('application/json'),
      })
    },
  )

  test.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example'])(
    'under a name that has come to mean this machine: %s',
    async (host) => {
      for (const path of ['/operator/instances', '/v2/catalog', '/state/some']) {
        expect(await send('GET', path, { Host: host })).toMatchObject({
          status: 403,
          text: expect.stringContaining('TRUSTED_PROXIES'),
        })
      }
    },
  )

  test.each(['localhost', 'localhost:9000', '127.0.0.1', '[::1]:80'])(
    'and %s is this machine',
    async (host) => {
      expect(await send('GET', '/operator/instances', { Host: host })).toMatchObject({ status: 200 })
    },
  )

  test('programs and pages of its own origin go on', async () => {
    const { host } = new URL(broker.url)
    const headers = {
      'Content-Type': 'application/json',
      Origin: `http://${host}`,
      'Sec-Fetch-Site': 'same-origin',
    }
    expect((await send('POST', '/operator/drift', headers, '{}')).status).toBe(200)
    expect((await send('POST', '/operator/drift', { 'Content-Type': 'application/json' }, '{}')).status).toBe(
      200,
    )
  })
})

test('reading and writing a whole state by hand is logged with the login', async () => {
  const by = { login: 'operator:operator' }
  const state = JSON.stringify({ version: 4, serial: 1, lineage: 'l', outputs: {}, resources: [] })
  const md5 = createHash('md5').update(state).digest('base64')
  await broker.request('LOCK', '/state/by-hand/lock', { ...by, body: { ID: 'L' } })
  const headers = { 'Content-MD5': md5 }
  await broker.request('POST', '/state/by-hand?ID=L', { ...by, headers, body: state })
  await expectLogged('State written', { stack: 'by-hand', writer: 'operator operator' })
  await broker.request('GET', '/state/by-hand', { login: 'auditor:of the auditors' })
  await expectLogged('State read', { stack: 'by-hand', by: 'operator auditor' })
  await broker.request('DELETE', '/state/by-hand', by)
  await expectLogged('State deleted; its versions are kept', {
    stack: 'by-hand',
    writer: 'operator operator',
  })
})

test('answers that may hold credentials are kept in no cache', async () => {
  const login = 'operator:operator'
  const asked = [
    broker.request('GET', '/v2/service_instances/x/service_bindings/y'),
    broker.request('PUT', '/v2/service_instances/x/service_bindings/y', { body: {} }),
    broker.request('GET', '/v2/service_instances/x'),
    broker.request('GET', '/operator/stacks', { login }),
    broker.request('GET', '/operator/states/x/versions/1', { login }),
    broker.request('GET', '/state/x', { login }),
  ]
  for (const { headers } of await Promise.all(asked)) expect(headers.get('cache-control')).toBe('no-store')
})
