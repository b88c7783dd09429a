import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deleteQuery, instanceBody, instancePath, TestBroker } from '../../support/broker.ts'
import { logged } from '../../support/broker-log.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { sent } from '../../support/sent.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off', DRIFT_SHEDULE: 'never' })
})
afterAll(() => broker?.remove())

const linesOf = (path: string) => logged(broker).filter(({ askedFor }) => askedFor === path)

describe('a broker URL with a slash at its end is no reason to fail:', () => {
  test.each(['//v2/catalog', '/v2/catalog/', '///v2/catalog//'])('%s is the catalog', async (path) => {
    const usual = await broker.request('GET', '/v2/catalog')
    const { status, body } = await broker.request('GET', path)
    expect({ status, body }).toEqual({ status: 200, body: usual.body })
    // The line may come after the answer.
    await vi.waitFor(() => expect(linesOf(path)).toMatchObject([{ path: '/v2/catalog', status: 200 }]))
  })

  test('an instance is the same one', async () => {
    const id = randomUUID()
    const path = `/${instancePath(id)}/?accepts_incomplete=true`
    expect((await broker.request('PUT', path, { body: instanceBody() })).status).toBe(202)
    const { status } = await broker.request('GET', `/${instancePath(id)}/last_operation/`)
    expect(status).toBe(200)
    expect((await broker.request('GET', `${instancePath(id)}/last_operation`)).status).toBe(200)
  })

  test('the health check too', async () => {
    expect((await broker.request('GET', '//health/', { login: null })).status).toBe(200)
  })
})

test('an empty id does not make the next word an id', async () => {
  const answer = await broker.request('GET', '/v2/service_instances//last_operation')
  expectRefusal(answer, 404)
  expect(answer.body.description).toContain('nothing at this path')
})

test('no slash too many leads to what only operators use', async () => {
  const login = { login: 'operator:operator' }
  expect((await broker.request('GET', '/operator/instances', login)).status).toBe(200)
  expect((await broker.request('GET', '//operator/instances', login)).status).toBe(404)
})

test.each(['..', '%2e%2e', '%2E.', '.', '%2e', '../..'])(
  'a binding with the id %s is not the path above, the instance',
  async (binding) => {
    const path = `${instancePath('of-dots')}/service_bindings/${binding}?accepts_incomplete=true&${deleteQuery()}`
    expectRefusal(await sent(broker.url, 'PUT', path, broker.login, instanceBody()), 400)
    expectRefusal(await sent(broker.url, 'DELETE', path, broker.login), 400)
    expectRefusal(await broker.request('GET', `${instancePath('of-dots')}/last_operation`), 404)
  },
)

test.each(['%C3x', '%FF', '%'])('the id %s is no other spelling of what it can be encoded as', async (id) => {
  const ask = (as: string) =>
    sent(broker.url, 'GET', `/v2/service_instances/${as}/last_operation`, broker.login)
  expectRefusal(await ask(id), 400)
  expectRefusal(await ask(encodeURIComponent(id)), 404)
})

describe('what only operators use is reached by its own path alone, which a proxy may guard:', () => {
  const login = 'operator:operator'

  test.each([
    ['/%6fperator/instances', 404],
    ['/operator%2finstances', 404],
    ['/st%61te/any', 404],
    ['/v2/../operator/instances', 400],
    ['/v2/%2e%2e/operator/instances', 400],
    ['/health/../operator/instances', 400],
    ['/health/.%2e/state/any', 400],
    ['http://127.0.0.1/operator/instances', 400],
  ])('not by %s', async (path, status) => {
    expectRefusal(await sent(broker.url, 'GET', path, login), status)
  })

  test('and there, no other path passes for one', async () => {
    const answer = await sent(broker.url, 'GET', '/operator/stacks/../instances', login)
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('".."') } })
  })
})

test.each(['/', '/catalog', '//catalog'])(
  '%s is answered with where the API is, and logged',
  async (path) => {
    expectRefusal(await broker.request('GET', path), 404)
    await vi.waitFor(() => expect(broker.output).toContain(`"path":"${path}","status":404`))
  },
)

test('a misspelt setting is told at the start', () => {
  expect(broker.output).toContain(
    'DRIFT_SHEDULE is no setting and has no effect. Did you mean DRIFT_SCHEDULE?',
  )
})
