import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { httpStates } from '../../../broker/states/http.ts'
import type { States } from '../../../broker/states/states.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../../state-backend/index.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { clientOf } from '../../support/state-client.ts'

let database: OpenDatabase
let backend: StateBackend
let states: States
beforeAll(async () => {
  database = await openEmbedded()
  backend = await StateBackend.open({ db: database.db, keyRing: KeyRing.parse(KeyRing.newEntry('key')) })
  states = httpStates(backend, 'http://broker/state')
})
afterAll(() => database?.close())

async function begin(stack: string) {
  const attempt = `${stack}/1`
  const { environment, end } = await states.access({ stack, attempt, access: 'write', holder: attempt })
  const { TF_HTTP_USERNAME: username = '', TF_HTTP_PASSWORD: password = '' } = environment
  return { client: clientOf(backend.app, stack, { username, password }), end }
}

test('an attempt has its access until it ends', async () => {
  const { client, end } = await begin('ending')
  expect((await client.lock('L1')).status).toBe(200)
  await end()
  expect((await client.get()).status).toBe(403)
  expect((await client.unlock('L1')).status).toBe(403)
})

test('a lock is opened by its id, and no other lock', async () => {
  const { client } = await begin('locked')
  await client.lock('L1')
  expect(await states.unlock('locked', 'L0', 'operator')).toBe(false)
  expect(await states.lockHolder('locked')).toMatchObject({ info: { ID: 'L1' } })
  expect(await states.unlock('locked', 'L1', 'operator')).toBe(true)
  expect(await states.lockHolder('locked')).toBeUndefined()
})
