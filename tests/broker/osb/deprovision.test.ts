import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceId } from '../../../broker/catalog/catalog.ts'
import { type Answer, deleteQuery, instancePath, plans, TestBroker } from '../../support/broker.ts'
import { finishWaits, untilGroupIs } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { until } from '../../support/until.ts'

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
  let deletion: Answer
  beforeAll(async () => {
    await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 3_600_000 }))
    creation = (await broker.provision(id)).body.operation
    await untilGroupIs(broker, id, 'creating')
    deletion = await broker.deprovision(id)
  })
  afterAll(() => finishWaits(broker))

  test('is accepted, while the group is in creation on AWS', () => {
    const { status, body } = deletion
    expect({ status, body }).toEqual({ status: 202, body: { operation: expect.any(String) } })
    expect(body.operation).not.toBe(creation)
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
      expect({ status, body }).toEqual({ status: 202, body: deletion.body })
  })

  describe('once it has ended', () => {
    beforeAll(async () => {
      await finishWaits(broker)
      await succeeds(broker, id)
    })

    test('all that the creation has made is deleted', async () => {
      expect(await groups()).not.toContain(id)
      const state = await broker.request('GET', `/state/${id}`, { login: 'operator:operator' })
      expect(state.status).toBe(204)
    })

    test('it is gone: 410, any number of times', async () => {
      for (let times = 0; times < 3; times++) expectRefusal(await broker.deprovision(id), 410)
      expectRefusal(await broker.request('GET', instancePath(id)), 404)
    })
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
  })

  describe('that exists', () => {
    beforeAll(async () => {
      const { status } = await broker.request('GET', instancePath(id))
      if (status !== 200) await broker.created(id)
      expect((await broker.bind(id, encodeURIComponent('b/1'))).status).toBe(201)
    })

    test('a binding whose id is not encoded is none of it: 404', async () => {
      expect((await broker.bind(id, 'b/1')).status).toBe(404)
    })

    test.each([
      ['service_id', `plan_id=${plans['redis-dev']}`],
      ['plan_id', `service_id=${serviceId}`],
      ['a value in service_id', `service_id=&plan_id=${plans['redis-dev']}`],
    ])('without %s: 400', async (_, query) => {
      expectRefusal(await remove(id, `accepts_incomplete=true&${query}`), 400)
      await expectUnchanged()
    })

    test('without accepts_incomplete: 422 AsyncRequired', async () => {
      expectRefusal(await remove(id, deleteQuery()), 422, 'AsyncRequired')
      expectRefusal(await remove(id, `accepts_incomplete=false&${deleteQuery()}`), 422, 'AsyncRequired')
      await expectUnchanged()
    })

    const expectUnchanged = async () =>
      expect((await broker.request('GET', instancePath(id))).status).toBe(200)

    describe('and is being deleted', () => {
      let answers: Answer[]
      beforeAll(async () => {
        await broker.aws((aws) => aws.setBehaviour({ deletionMilliseconds: 3_600_000 }))
        answers = await Promise.all(Array.from({ length: 8 }, () => broker.deprovision(id)))
      })
      afterAll(() => finishWaits(broker))

      test('simultaneous requests are one operation: 202 for each', () => {
        const { operation } = answers[0]?.body ?? {}
        expect(operation).toMatch(/^.{1,10000}$/)
        for (const { status, body } of answers)
          expect({ status, body }).toEqual({ status: 202, body: { operation } })
      })

      test('while it goes on, a GET of the instance: 422 ConcurrencyError', async () => {
        expectRefusal(await broker.request('GET', instancePath(id)), 422, 'ConcurrencyError')
      })

      test('goes with all that was created, and with its bindings', async () => {
        await until(async () => {
          const all = await broker.aws((aws) => aws.listReplicationGroups())
          return all.some(({ status }) => status === 'deleting')
        })
        await finishWaits(broker)
        await succeeds(broker, id)
        expect(await groups()).toEqual([])
        const binding = `${instancePath(id)}/service_bindings/b%2F1`
        expectRefusal(await broker.request('GET', binding), 404)
        expectRefusal(await broker.request('DELETE', `${binding}?${deleteQuery()}`), 410)
        expectRefusal(await broker.deprovision(id), 410)
      })
    })
  })
})
