import { afterAll, beforeAll, expect, test } from 'vitest'
import { stackName } from '../../../broker/instances/instance.ts'
import { instanceBody, instancePath, plans } from '../../support/broker.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { Api } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api?.close())

const larger = { plan_id: plans['redis-3node'] }

/** An instance with a binding, and what comes of it then. */
const ways: [string, (id: string) => Promise<unknown>][] = [
  ['an update has found gone', async (id) => api.update(id, larger).then(() => api.fails(id, false))],
  ['a check has found gone', (id) => isChecked(id, 'missing')],
]

async function isChecked(instanceId: string, state: 'missing' | 'clean'): Promise<void> {
  const found = { instanceId, state, findings: [], message: null, durationMilliseconds: 1, planned: true }
  const { operation } = (await api.osb.operations.status(instanceId)) ?? {}
  if (!operation) throw new Error(`${instanceId} is not there`)
  await api.records.save({ ...found, checkedAt: new Date() }, operation)
}

test.each(ways)('of a Redis that %s nobody gets credentials any more', async (way, goes) => {
  await api.created(way)
  expect((await api.bind(way, 'before')).status).toBe(201)
  await goes(way)
  for (const refused of [await api.bind(way, 'after'), await api.fetchBinding(way, 'before')]) {
    expectRefusal(refused, 422)
    expect(refused.body.description).toContain('gone')
  }
  // Nothing was bound.
  expectRefusal(await api.fetchBinding(way, 'after'), 404)
})

test('the guid that is made of the id of another instance is refused for good, not as if that were just going', async () => {
  await api.created('foo')
  const refused = await api.provision(stackName('foo'))
  expectRefusal(refused, 409)
  expect(refused.body.description).toContain('another id')
})

test('whose credentials do not open is told about and renamed all the same, and can be deleted', async () => {
  await api.created('sealed')
  await api.sealedForGood('sealed')
  expect(await api.request('GET', `${instancePath('sealed')}/last_operation`)).toMatchObject({
    status: 200,
    body: { state: 'succeeded' },
  })
  expect(await api.request('GET', instancePath('sealed'))).toMatchObject({
    status: 200,
    body: { parameters: { engineVersion: '6.2', status: { running: 'Redis 6.2' } } },
  })
  const context = { ...instanceBody().context, instance_name: 'renamed' }
  expect((await api.update('sealed', { context })).status).toBe(200)
  expectRefusal(await api.bind('sealed', 'b'), 500)
  expect((await api.deprovision('sealed')).status).toBe(202)
})

test('once a check has found it again there are credentials again', async () => {
  await api.created('again')
  await isChecked('again', 'missing')
  await isChecked('again', 'clean')
  expect((await api.bind('again', 'b')).status).toBe(201)
})

test('after an update that has left the Redis as it was, there are credentials as before', async () => {
  await api.created('usable')
  await api.update('usable', larger)
  await api.fails('usable', true)
  expect((await api.bind('usable', 'b')).status).toBe(201)
})

test('what was never created to its end is good for nothing but a deletion', async () => {
  await api.provision('unfinished')
  await api.fails('unfinished')
  expectRefusal(await api.bind('unfinished', 'b'), 404)
  expectRefusal(await api.update('unfinished', larger), 422)
  expectRefusal(await api.provision('unfinished'), 409)
  expect((await api.deprovision('unfinished')).status).toBe(202)
})

test('what a failed deletion has left without its Redis is good for nothing but a deletion', async () => {
  await api.created('half deleted')
  await api.bind('half deleted', 'before')
  await api.deprovision('half deleted')
  await api.fails('half deleted', false)
  expectRefusal(await api.bind('half deleted', 'b'), 404)
  expectRefusal(await api.fetchBinding('half deleted', 'before'), 404)
  expectRefusal(await api.update('half deleted', larger), 422)
  expectRefusal(await api.provision('half deleted'), 409)
  expect((await api.deprovision('half deleted')).status).toBe(202)
})

test('what a failed deletion has left with its Redis goes on as before', async () => {
  await api.created('kept')
  await api.deprovision('kept')
  await api.fails('kept', true)
  expect((await api.bind('kept', 'b')).status).toBe(201)
  expect((await api.provision('kept')).status).toBe(200)
})
