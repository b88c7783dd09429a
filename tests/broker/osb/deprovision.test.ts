import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceId } from '../../../broker/catalog/catalog.ts'
import { deleteQuery, instancePath, plans, TestBroker } from '../../support/broker.ts'
import { expectRefusal } from '../../support/refusal.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start()
})
afterAll(() => broker?.remove())

const groups = async () =>
  (await broker.aws((aws) => aws.listReplicationGroups())).map(({ tags }) => tags['Instance GUID'])
const remove = (id: string, query: string) => broker.request('DELETE', `${instancePath(id)}?${query}`)

test('of an instance that was never seen, by nobody in particular: 410, any number of times', async () => {
  for (let times = 0; times < 3; times++) expectRefusal(await broker.deprovision('never-seen'), 410)
})

describe('during the creation', () => {
  const id = randomUUID()
  let creation: string
  let deletion: string

  test('is accepted, while the group is in creation on AWS', async () => {
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 6000 }))
    creation = (await broker.provision(id)).body.operation
    await expect.poll(groups, { timeout: 60_000 }).toContain(id)
    const { status, body } = await broker.deprovision(id)
    expect({ status, body }).toEqual({ status: 202, body: { operation: expect.any(String) } })
    deletion = body.operation
    expect(deletion).not.toBe(creation)
  })

  test('ends the creation, which says so', async () => {
    const { body } = await broker.request('GET', `${instancePath(id)}/last_operation?operation=${creation}`)
    expect(body).toEqual({ state: 'failed', description: expect.stringMatching(/being deleted/) })
  })

  test('is not taken back by another request: 422 ConcurrencyError', async () => {
    expectRefusal(await broker.provision(id), 422, 'ConcurrencyError')
    expectRefusal(await broker.update(id, { plan_id: plans['redis-3node'] }), 422, 'ConcurrencyError')
    expectRefusal(await broker.bind(id, 'late'), 422, 'ConcurrencyError')
  })

  test('the same again: 202 with the same operation', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => broker.deprovision(id)))
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: { operation: deletion } })
  })

  test('deletes all that the creation has made', async () => {
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expect(await groups()).not.toContain(id)
    const state = await broker.request('GET', `/state/${id}`, { login: 'operator:operator' })
    expect(state.status).toBe(204)
    await broker.aws((aws) => aws.setBehaviour({}))
  })

  test('then it is gone: 410, any number of times', async () => {
    for (let times = 0; times < 3; times++) expectRefusal(await broker.deprovision(id), 410)
    expectRefusal(await broker.request('GET', instancePath(id)), 404)
  })
})

describe('of an instance', () => {
  // Its id goes through paths, states and work directories, and means nothing in any of them.
  const id = '../a b/Ünï?#%2F"\''

  test('at the same time as its creation: whichever comes first, nothing is left half done', async () => {
    const [put, del] = await Promise.all([broker.provision(id), broker.deprovision(id)])
    expect(put.status).toBeOneOf([202, 422])
    expect(del.status).toBeOneOf([202, 410])
    await broker.ended(id)
    const exists = (await broker.request('GET', instancePath(id))).status === 200
    expect(exists).toBe(del.status === 410)
    if (!exists) await broker.created(id)
    expect((await broker.bind(id, 'b/1')).status).toBe(404)
    expect((await broker.bind(id, encodeURIComponent('b/1'))).status).toBe(201)
  })

  test.each([
    ['service_id', `plan_id=${plans['redis-dev']}`],
    ['plan_id', `service_id=${serviceId}`],
    ['a value in service_id', `service_id=&plan_id=${plans['redis-dev']}`],
  ])('without %s: 400', async (_, query) => {
    expectRefusal(await remove(id, `accepts_incomplete=true&${query}`), 400)
  })

  test('without accepts_incomplete: 422 AsyncRequired', async () => {
    expectRefusal(await remove(id, deleteQuery()), 422, 'AsyncRequired')
    expectRefusal(await remove(id, `accepts_incomplete=false&${deleteQuery()}`), 422, 'AsyncRequired')
  })

  test('after these it is as it was', async () => {
    expect((await broker.request('GET', instancePath(id))).status).toBe(200)
  })

  test('simultaneous requests are one operation: 202 for each', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => broker.deprovision(id)))
    const { operation } = answers[0]?.body ?? {}
    expect(operation).toMatch(/^.{1,10000}$/)
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: { operation } })
  })

  test('while it goes on, a GET of the instance: 422 ConcurrencyError', async () => {
    expectRefusal(await broker.request('GET', instancePath(id)), 422, 'ConcurrencyError')
  })

  test('deletes all that was created, with its bindings', async () => {
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expect(await groups()).toEqual([])
    const binding = `${instancePath(id)}/service_bindings/b%2F1`
    expectRefusal(await broker.request('GET', binding), 404)
    expectRefusal(await broker.request('DELETE', `${binding}?${deleteQuery()}`), 410)
    expectRefusal(await broker.deprovision(id), 410)
  })
})
