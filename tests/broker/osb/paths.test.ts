import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { instanceBody, instancePath, TestBroker } from '../../support/broker.ts'
import { logged } from '../../support/broker-log.ts'
import { expectRefusal } from '../../support/refusal.ts'

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
