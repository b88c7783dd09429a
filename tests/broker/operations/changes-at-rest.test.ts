import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { currentTarget, type Instance } from '../../../broker/instances/instance.ts'
import { sealOutputs } from '../../../broker/instances/outputs.ts'
import { lockInstance } from '../../../broker/instances/rows.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import { OperationRequests } from '../../../broker/operations/requests.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'
import { anyOutputs, Records } from '../../support/records.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { someoneWaits } from '../../support/someone-waits.ts'

let records: Records
let changes: ChangesAtRest
beforeAll(async () => {
  records = await Records.open()
  changes = new ChangesAtRest(records.db)
})
afterAll(() => records?.close())

const sealed = (instance: Instance) =>
  sealOutputs(records.keyRing, instance, { ...anyOutputs, hostname: 'moved' })

const all: [string, (instance: Instance, to?: ChangesAtRest) => Promise<boolean>][] = [
  ['new name', (instance, to = changes) => to.rename(instance, { instance_name: 'new' })],
  ["operator's own deploy", (instance, to = changes) => to.setOutputs(instance, sealed(instance))],
  ['change by AWS', (instance, to = changes) => to.setObserved(instance, { planId: 'observed' })],
]

describe.each(all)('a %s', (what, change) => {
  test('is saved of an instance at rest, whatever is done to others', async () => {
    const instance = await records.created(`${what}, at rest`)
    await records.creation(`${what}, another`)
    expect(await change(instance)).toBe(true)
    expect(await records.instance(instance.id)).not.toEqual(instance)
  })

  test('is not saved while an operation is in progress, which brings its own', async () => {
    const instance = await records.created(`${what}, in progress`)
    await records.update(instance.id)
    expect(await change(instance)).toBe(false)
    expect(await records.instance(instance.id)).toEqual(instance)
  })
})

test.each(all.slice(1))('a %s is not saved over what an operation has made since', async (what, change) => {
  const before = await records.created(`${what}, since`)
  const update = await records.update(before.id, { updatedAt: new Date(0).toISOString() })
  await records.attempts.deployed(await records.begun(update), anyOutputs)
  const after = await records.instance(before.id)
  expect(await change(before)).toBe(false)
  expect(await records.instance(before.id)).toEqual(after)
})

describe('with several brokers on one PostgreSQL', () => {
  let shared: Records
  beforeAll(async () => {
    shared = await Records.open({ database: await openOnPostgres(), keyRing: records.keyRing })
  })
  afterAll(() => shared?.close())

  test('a request that waits too long for what another broker has locked is refused', async () => {
    const instance = await shared.created('locked')
    const requests = new OperationRequests(shared.db, async () => {}, undefined, 50)
    await shared.db.transaction(async (tx) => {
      await lockInstance(tx, instance.id)
      expect(await requests.delete(instance)).toEqual({ outcome: 'too late' })
    })
    expect(await shared.operations.last(instance.id)).toMatchObject({ state: 'succeeded' })
  })

  test.each(all)('a %s that waits while an operation is accepted is not saved', async (what, change) => {
    const instance = await shared.created(what)
    const { answer } = await shared.db.transaction(async (tx) => {
      accepted(await requestsWithoutJobs(tx).update(instance, currentTarget(instance)))
      const answer = change(instance, new ChangesAtRest(shared.db))
      await someoneWaits(shared.db)
      return { answer }
    })
    expect(await answer).toBe(false)
    expect(await shared.instance(instance.id)).toEqual(instance)
  })
})
