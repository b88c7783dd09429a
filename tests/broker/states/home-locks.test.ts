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

/** The outcome of `work` that another broker does while a move to `pg` looks for operations. */
async function duringMove<T>(work: () => Promise<T>): Promise<T> {
  let other: Promise<T> | undefined
  await home.beginMove('pg', async () => {
    other = work()
    const end = other.then(
      () => 'ends',
      () => 'ends',
    )
    expect(await Promise.race([end, someoneWaits(database.db).then(() => 'waits')])).toBe('waits')
    return undefined
  })
  return other as Promise<T>
}

test('who is about to write a state waits for a move that is beginning, and is refused', async () => {
  expect(await duringMove(() => home.writeRefusal('http'))).toContain('moved from http to pg')
})

test('another move waits for one that is beginning, and is refused', async () => {
  const other = duringMove(() => home.beginMove('s3', noOperation))
  await expect(other).rejects.toThrow('on their way to pg')
})
