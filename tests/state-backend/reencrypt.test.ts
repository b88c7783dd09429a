import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyRing } from '../../state-backend/encryption/key-ring.ts'
import { StateBackend } from '../../state-backend/index.ts'
import { someoneWaits } from '../support/someone-waits.ts'
import { bytesOf, state } from '../support/state-client.ts'
import { startPostgresDatabase, type TestDatabase } from './databases.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startPostgresDatabase()
})
afterAll(() => database?.stop())

test('a stack that is removed and made anew while its old state is re-encrypted keeps the new one', async () => {
  const { db } = database
  const [oldKey, newKey] = [KeyRing.newEntry('old'), KeyRing.newEntry('new')]
  const before = await StateBackend.open({ db, keyRing: KeyRing.parse(oldKey) })
  await before.import('one', bytesOf(state(1)), 'test')
  const rotated = await StateBackend.open({ db, keyRing: KeyRing.parse(`${newKey},${oldKey}`) })

  const encrypted = await db.transaction(async (tx) => {
    // Others read the versions and wait before they change one.
    await tx.execute(sql`lock table state_backend.versions in exclusive mode`)
    const work = rotated.reencrypt()
    await someoneWaits(db)
    const inside = await StateBackend.open({ db: tx, keyRing: KeyRing.parse(oldKey) })
    await inside.remove('one')
    await inside.import('one', bytesOf(state(1, { content: 'made anew' })), 'test')
    return { work }
  })
  await encrypted.work

  const after = await StateBackend.open({ db, keyRing: KeyRing.parse(newKey) })
  expect(await after.read('one')).toEqual(state(1, { content: 'made anew' }))
})
