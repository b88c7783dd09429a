import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bindings } from '../../../broker/instances/bindings.ts'
import { anyInstance, Records } from '../../support/records.ts'

let records: Records
let bindings: Bindings
beforeAll(async () => {
  records = await Records.open()
  bindings = new Bindings(records.db)
  for (const id of ['one', 'other']) await records.requests.create(anyInstance(id))
})
afterAll(() => records?.close())

const binding = (instanceId: string, id: string, appGuid: string | null = null) =>
  ({ instanceId, id, appGuid, tokenGeneration: 2 }) as const

test('bindings of one id are as many as instances have it', async () => {
  expect(await bindings.create(binding('one', 'b', 'app'))).toBe(true)
  expect(await bindings.find('other', 'b')).toBeUndefined()
  expect(await bindings.delete('other', 'b')).toBe(false)
  expect(await bindings.create(binding('other', 'b'))).toBe(true)
  expect(await bindings.find('one', 'b')).toMatchObject(binding('one', 'b', 'app'))
  expect(await bindings.find('other', 'b')).toMatchObject(binding('other', 'b'))
  expect(await bindings.delete('one', 'b')).toBe(true)
  expect(await bindings.find('one', 'b')).toBeUndefined()
  expect(await bindings.find('other', 'b')).toBeDefined()
})

test('a binding that is there stays as it is', async () => {
  expect(await bindings.create(binding('one', 'first', 'app'))).toBe(true)
  expect(await bindings.create(binding('one', 'first'))).toBe(false)
  expect(await bindings.find('one', 'first')).toMatchObject({ appGuid: 'app' })
})

test('an instance that has gone gets no binding', async () => {
  expect(await bindings.create(binding('gone', 'b'))).toBe(false)
})
