import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationLogs } from '../../../broker/operations/tables.ts'
import { Records } from '../../support/records.ts'

let records: Records
beforeAll(async () => {
  records = await Records.open()
})
afterAll(() => records?.close())

const failure = { description: 'failed', detail: '' }

test('the last operation of an instance is its newest one, with the instance or by itself', async () => {
  await records.created('newest')
  const update = await records.update('newest')
  expect((await records.operations.status('newest'))?.operation.id).toBe(update.id)
  expect((await records.operations.last('newest'))?.id).toBe(update.id)
  expect((await records.operations.history('newest', 1)).map(({ id }) => id)).toEqual([update.id])
})

test('an operation is found as one of its own instance only', async () => {
  const { id } = await records.creation('own')
  await records.creation('other')
  expect(await records.operations.find('own', id)).toMatchObject({ id })
  expect(await records.operations.find('other', id)).toBeUndefined()
})

test('only updates that began and failed are looked after, and each until that is done', async () => {
  await records.created('creation failed')
  await records.created('never begun')
  await records.requests.cancel(await records.update('never begun'), 'cancelled')
  await records.created('succeeded')
  await records.attempts.succeeded(await records.begun(await records.update('succeeded')))
  await records.attempts.failed(await records.begun(await records.creation('no update')), failure)
  await records.created('deletion failed')
  await records.attempts.failed(await records.begun(await records.deletion('deletion failed')), failure)
  await records.created('failed')
  await records.attempts.failed(await records.begun(await records.update('failed')), failure)

  const left = await records.operations.unobserved()
  expect(left.map(({ instanceId }) => instanceId)).toEqual(['failed'])
  for (const operation of left) await records.operations.setObserved(operation)
  expect(await records.operations.unobserved()).toEqual([])
})

test('what waits is counted until its first attempt begins', async () => {
  const before = await records.operations.queued()
  const waiting = await records.creation('queued')
  await records.creation('queued too')
  expect(await records.operations.queued()).toBe(before + 2)
  await records.begun(waiting)
  expect(await records.operations.queued()).toBe(before + 1)
})

test('logs go after their days, and newer ones stay', async () => {
  const operation = await records.creation('logged')
  await records.attempts.log(operation, 'old')
  await records.db.update(operationLogs).set({ writtenAt: sql`now() - interval '3 days'` })
  await records.attempts.log(operation, 'new')
  await records.operations.pruneLogs(2)
  expect((await records.operations.log(operation)).map(({ text }) => text)).toEqual(['new'])
})
