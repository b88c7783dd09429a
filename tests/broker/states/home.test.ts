import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { instances } from '../../../broker/instances/tables.ts'
import { startedOperation } from '../../../broker/operations/last-operation.ts'
import { operations } from '../../../broker/operations/tables.ts'
import { statesApp } from '../../../broker/operator/states.ts'
import { StateHome } from '../../../broker/states/home.ts'
import { httpStates } from '../../../broker/states/http.ts'
import type { States } from '../../../broker/states/states.ts'
import { stateHome } from '../../../broker/states/tables.ts'
import { StateBackend } from '../../../state-backend/index.ts'
import { Records } from '../../support/records.ts'

let records: Records
let home: StateHome
/** As a running broker with STATE_BACKEND=http uses them. */
let states: States
let backend: StateBackend
beforeAll(async () => {
  records = await Records.open()
  const { db, keyRing } = records
  home = new StateHome(db)
  backend = await StateBackend.open({ db, keyRing, operatorAccess: () => 'write' })
  states = home.guard(httpStates(backend, 'http://broker/state'))
})
afterAll(() => records?.close())
beforeEach(async () => {
  for (const table of [stateHome, operations, instances]) await records.db.delete(table)
})

const begin = () => states.access({ stack: 'one', attempt: '1', access: 'write', holder: 'attempt 1' })
const maintained = 'The broker is being maintained.'

test('without instances the setting may change as it likes', async () => {
  await home.settle('pg')
  expect(await home.current()).toMatchObject({ kind: 'pg' })
  await home.settle('http')
  expect(await home.current()).toMatchObject({ kind: 'http' })
})

test('no attempt begins while the states move, nor where they are no longer', async () => {
  await home.settle('http')
  await begin()
  expect(await home.beginMove('pg', startedOperation)).toBe('http')
  await expect(begin()).rejects.toThrow(maintained)
  await expect(home.settle('http')).rejects.toThrow('on their way from http to pg')
  await expect(home.beginMove('s3', startedOperation)).rejects.toThrow('on their way to pg')
  expect(await home.beginMove('pg', startedOperation)).toBe('http')
  await home.endMove('pg')
  expect(await home.current()).toMatchObject({ kind: 'pg', movingTo: null })
  await expect(begin()).rejects.toThrow(maintained)
})

test('a move waits for operations that have begun, and not for those that have not', async () => {
  await home.settle('http')
  await records.creation('a')
  await expect(home.settle('pg')).rejects.toThrow('move --to pg')
  await records.db.update(operations).set({ attempt: 1 })
  await expect(home.beginMove('pg', startedOperation)).rejects.toThrow('is in progress')
  await begin()
  await records.db.update(operations).set({ attempt: 0 })
  expect(await home.beginMove('pg', startedOperation)).toBe('http')
})

test('operators write no state where the states are no longer, and may still read and unlock', async () => {
  await home.settle('http')
  const app = new Hono().use(home.writable('http')).route('/', backend.app)
  const headers = { authorization: `Basic ${btoa('operator:operator')}` }
  const lock = JSON.stringify({ ID: 'L1', Created: new Date().toISOString() })
  const answerTo = async (method: string, path: string, body?: string) => {
    const answer = await app.request(path, { method, headers, ...(body ? { body } : {}) })
    return `${answer.status} ${await answer.text()}`
  }
  expect(await answerTo('LOCK', '/two/lock', lock)).toBe('200 ')
  await home.beginMove('pg', startedOperation)
  const refused = expect.stringMatching(/^409 The states moved from http to pg\. Restart/)
  expect(await answerTo('POST', '/two?ID=L1', '{}')).toEqual(refused)
  expect(await answerTo('DELETE', '/two')).toEqual(refused)
  expect(await answerTo('LOCK', '/other/lock', lock)).toEqual(refused)
  expect(await answerTo('GET', '/two')).toBe('204 ')
  expect(await answerTo('UNLOCK', '/two/lock', lock)).toBe('200 ')
  await home.endMove('pg')
  expect(await answerTo('LOCK', '/two/lock', lock)).toEqual(refused)
})

test('an old version is not made current again where the states are no longer', async () => {
  await home.settle('http')
  const id = 'restored'
  await records.creation(id)
  await records.db.update(operations).set({ state: 'succeeded' })
  const state = '{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}'
  await backend.import((await records.instance(id)).stack, Buffer.from(state), 'test')
  const reencrypt = async () => ({ states: 0, outputs: 0 })
  const app = statesApp({
    operations: records.operations,
    home,
    states,
    backend,
    reencrypt,
    operator: 'operator',
  })
  const restore = async () => (await app.request(`/${id}/restore/1`, { method: 'POST' })).status
  expect(await restore()).toBe(200)
  await home.beginMove('pg', startedOperation)
  expect(await restore()).toBe(409)
  await home.endMove('pg')
  expect(await restore()).toBe(409)
})
