import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastOperations, startedOperation } from '../../../broker/operations/last-operation.ts'
import { Records } from '../../support/records.ts'

let records: Records
beforeAll(async () => {
  records = await Records.open()
})
afterAll(() => records?.close())

test('a broker works on what has begun and not ended', async () => {
  await records.created('ended')
  const creation = await records.creation('begun')
  expect(await startedOperation(records.db)).toBeUndefined()
  const begun = await records.begun(creation)
  expect(await startedOperation(records.db)).toBe(creation.id)
  await records.attempts.succeeded(begun)
  expect(await startedOperation(records.db)).toBeUndefined()
})

test('the last operations of many instances are the newest one of each', async () => {
  await records.created('one')
  await records.created('other')
  const [update, deletion] = [await records.update('one'), await records.deletion('other')]
  const last = await lastOperations(records.db, ['one', 'other', 'nothing'])
  expect([...last.values()].map(({ id }) => id).sort()).toEqual([update.id, deletion.id].sort())
})
