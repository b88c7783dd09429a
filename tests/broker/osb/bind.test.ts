import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteQuery, instancePath, type PlanName, plans, TestBroker } from '../../support/broker.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
const id = randomUUID()
const plan: PlanName = 'redis-3node'
const app = { bind_resource: { app_guid: 'app-1', space_guid: 's', app_annotations: {} } }
const key = { bind_resource: { credential_client_id: 'client' } }

beforeAll(async () => {
  broker = await TestBroker.start()
  await broker.created(id, plan)
})
afterAll(() => broker?.remove())

const bind = (binding: string, more: Record<string, unknown> = {}) => broker.bind(id, binding, plan, more)
const path = (binding: string, instance = id) => `${instancePath(instance)}/service_bindings/${binding}`
const fetch = (binding: string, instance = id) => broker.request('GET', path(binding, instance))
const unbind = (binding: string, query = deleteQuery(plan), instance = id) =>
  broker.request('DELETE', `${path(binding, instance)}?${query}`)

describe('PUT: bind', () => {
  test.each([
    ['no service_id', { service_id: undefined }],
    ['no plan_id', { plan_id: undefined }],
    ['another service_id', { service_id: randomUUID() }],
    ['an unknown plan_id', { plan_id: randomUUID() }],
    ['an empty app_guid', { bind_resource: { app_guid: '' } }],
    ['a list as bind_resource', { bind_resource: [] }],
    ['text as context', { context: 'x' }],
    ['parameters, of which there are none', { parameters: { role: 'reader' } }],
    ['a list of parameters', { parameters: [] }],
  ])('with %s: 400', async (_, more) => {
    expectRefusal(await bind('wrong', more), 400)
    expectRefusal(await fetch('wrong'), 404)
  })

  test('of an instance that was never seen: 404', async () => {
    expectRefusal(await broker.bind(randomUUID(), 'b'), 404)
  })

  test.each([
    ['an app', 'to-app', app],
    ['an app, in the old way', 'to-app-old', { app_guid: 'app-1' }],
    ['a key', 'key', key],
    ['a key, without anything', 'bare-key', {}],
    [
      'a key, with nulls',
      'null-key',
      { bind_resource: null, context: null, parameters: null, app_guid: null },
    ],
    ['a route, which is nothing to Redis', 'route', { bind_resource: { route: 'app.example.com' } }],
  ])('%s: 201 with credentials', async (_, binding, more) => {
    const { status, body } = await bind(binding, more)
    expect(status).toBe(201)
    expect(Object.keys(body).sort()).toEqual(['credentials', 'endpoints'])
    expect(body.credentials).toMatchObject({ hostname: expect.any(String), password: expect.any(String) })
  })

  test('has no part that the catalog does not require, and no end', async () => {
    const { body } = await bind('parts', key)
    for (const part of ['syslog_drain_url', 'route_service_url', 'volume_mounts', 'metadata']) {
      expect(body).not.toHaveProperty(part)
    }
  })

  test('has the hosts and ports that a client connects to, ports as text', async () => {
    const { credentials, endpoints } = (await bind('hosts', key)).body
    const ports = [credentials.port]
    expect(endpoints).toEqual([
      { host: credentials.hostname, ports, protocol: 'tcp' },
      { host: credentials.reader_hostname, ports, protocol: 'tcp' },
    ])
    expect(credentials.port).toMatch(/^\d+$/)
  })

  test('Cloud Controller can store the credentials, on MySQL too: 48 kB of JSON', async () => {
    const { credentials } = (await bind('key', key)).body
    expect(JSON.stringify(credentials).length).toBeLessThan(48_000)
  })

  test('needs no waiting, whether or not the platform would wait', async () => {
    for (const query of ['', '?accepts_incomplete=true', '?accepts_incomplete=false']) {
      const body = {
        service_id: (await broker.request('GET', instancePath(id))).body.service_id,
        plan_id: plans[plan],
      }
      const { status } = await broker.request('PUT', path(`sync${query.length}`) + query, { body })
      expect(status).toBe(201)
    }
  })

  test('an identical repeat: 200 with the same body', async () => {
    const first = await bind('repeated', app)
    expect(first.status).toBe(201)
    const repeat = await bind('repeated', { app_guid: 'app-1' })
    expect(repeat).toMatchObject({ status: 200, body: first.body })
    expect((await bind('repeated', { ...app, context: { platform: 'other' } })).status).toBe(200)
  })

  test('simultaneous identical requests: one 201, the rest 200', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => bind('at-once', app)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body)
  })

  test.each([
    ['another app', app, { bind_resource: { app_guid: 'app-2' } }],
    ['a key instead of an app', app, key],
    ['an app instead of a key', key, app],
  ])('a repeat for %s: 409', async (what, first, other) => {
    expect((await bind(what, first)).status).toBe(201)
    expectRefusal(await bind(what, other), 409)
  })
})

describe('GET: fetch a binding', () => {
  test('at once after the binding: 200 with the same credentials and endpoints', async () => {
    const bound = (await bind('fetched', app)).body
    const { status, body } = await fetch('fetched')
    expect({ status, body }).toEqual({ status: 200, body: bound })
  })

  test('unknown binding, unknown instance, binding of another instance: 404', async () => {
    expectRefusal(await fetch('unknown'), 404)
    await bind('of-this', key)
    expectRefusal(await fetch('of-this', randomUUID()), 404)
  })

  test('there is nothing to poll: bindings are never asynchronous', async () => {
    await bind('polled', key)
    expectRefusal(await broker.request('GET', `${path('polled')}/last_operation`), 404)
  })
})

describe('DELETE: unbind', () => {
  test.each([
    ['service_id', `plan_id=${plans[plan]}`],
    ['plan_id', 'service_id=cda65825-e357-4a93-a24b-9ab138d97815'],
    ['anything', ''],
  ])('without %s: 400, and the binding stays', async (_, query) => {
    await bind('kept', key)
    expectRefusal(await unbind('kept', query), 400)
    expect((await fetch('kept')).status).toBe(200)
  })

  test('200 {} with or without accepts_incomplete, then 410, any number of times', async () => {
    for (const [binding, query] of [
      ['unbound', ''],
      ['unbound-as-others', '&accepts_incomplete=true'],
    ]) {
      await bind(binding as string, key)
      const { status, body } = await unbind(binding as string, deleteQuery(plan) + query)
      expect({ status, body }).toEqual({ status: 200, body: {} })
      for (let times = 0; times < 3; times++) expectRefusal(await unbind(binding as string), 410)
      expectRefusal(await fetch(binding as string), 404)
    }
  })

  test('all bindings have the one password of the instance, which an unbind leaves valid', async () => {
    const { credentials } = (await bind('leaving', app)).body
    expect((await bind('staying', key)).body.credentials).toEqual(credentials)
    expect((await unbind('leaving')).status).toBe(200)
    expect(await withRedis(loginOf(credentials), (client) => client.ping())).toBe('PONG')
    expect((await fetch('staying')).body.credentials).toEqual(credentials)
  })

  test('simultaneous requests: one 200, the rest 410', async () => {
    await bind('unbound-at-once', app)
    const answers = await Promise.all(Array.from({ length: 8 }, () => unbind('unbound-at-once')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410, 410, 410, 410])
  })

  test('leaves the other bindings alone', async () => {
    await bind('goes', app)
    await bind('remains', app)
    await unbind('goes')
    expect((await fetch('remains')).status).toBe(200)
  })

  test('unknown binding, unknown instance: 410', async () => {
    expectRefusal(await unbind('unknown'), 410)
    await bind('of-this-one', app)
    expectRefusal(await unbind('of-this-one', deleteQuery(plan), randomUUID()), 410)
  })

  test('an id that was unbound may be bound again, for anything', async () => {
    await bind('again', key)
    await unbind('again')
    expect((await bind('again', app)).status).toBe(201)
  })
})
