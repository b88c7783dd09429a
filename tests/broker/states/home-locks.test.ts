import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { StateHome } from '../../../broker/states/home.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'
import { someoneWaits } from '../../support/someone-waits.ts'

let database: OpenDatabase
let home: StateHome
beforeAll(async () => {
  database = await openOnPostgres()
  home = new StateHome(database.db)
})
afterAll(() => database?.close())
beforeEach(async () => {
  // Makes the row where there is none.
  await home.current()
  await home.endMove('http')
})

const noOperation = async () => undefined

/** What comes of `work` that another broker does while a move to `pg` is beginning. */
async function duringMove<T>(work: () => Promise<T>): Promise<T> {
  const { other } = await database.db.transaction(async (tx) => {
    await new StateHome(tx).beginMove('pg', noOperation)
    const other = work()
    const first = await Promise.race([other.catch(() => {}).then(() => 'done'), someoneWaits(database.db)])
    expect(first, 'it does not wait').toBeUndefined()
    return { other }
  })
  return other
}

test('who is about to write a state waits for a move that is beginning, and is refused', async () => {
  expect(await duringMove(() => home.writeRefusal('http'))).toContain('moved from http to pg')
})

test('another move waits for one that is beginning, and is refused', async () => {
  const other = duringMove(() => home.beginMove('s3', noOperation))
  await expect(other).rejects.toThrow('on their way to pg')
})
