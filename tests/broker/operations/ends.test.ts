import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Bindings } from '../../../broker/instances/bindings.ts'
import { currentTarget, newInstance } from '../../../broker/instances/instance.ts'
import { deleteInstance, lockInstance } from '../../../broker/instances/rows.ts'
import type { OperationTarget } from '../../../broker/model/operation.ts'
import { AttemptIsOver } from '../../../broker/operations/attempts.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'
import { Records } from '../../support/records.ts'
import { accepted } from '../../support/requests.ts'
import { someoneWaits } from '../../support/someone-waits.ts'
import { anyTarget } from '../../support/target.ts'

const rounds = 40

let database: Awaited<ReturnType<typeof openOnPostgres>>
let records: Records
beforeAll(async () => {
  database = await openOnPostgres()
  records = await Records.open({ database })
})
afterAll(() => database?.close())

const target: OperationTarget = { ...anyTarget, planId: 'small', updatedAt: new Date(0).toISOString() }
const outputs = { hostname: 'h', port: 6379, password: 'p', engineVersion: '6.2.6' }

/** An instance whose creation an attempt has begun. */
async function creating() {
  const id = randomUUID()
  const instance = newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, target)
  return records.begun(accepted(await records.requests.create(instance)))
}

/** Starts both at about the same moment, either first. */
async function atOnce<A, B>(round: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const gap = (round % 5) / 2
  return round % 2 === 0
    ? Promise.all([one(), sleep(gap).then(other)])
    : Promise.all([sleep(gap).then(one), other()])
}

const unlessOver = (error: unknown) => {
  if (!(error instanceof AttemptIsOver)) throw error
}

describe('a deletion that is asked for at the moment', () => {
  test('when another one ends: both come to their end', async () => {
    for (let round = 0; round < rounds; round++) {
      const { instance, operation } = await creating()
      await records.attempts.deployed({ instance, operation }, outputs)
      const deletion = accepted(await records.requests.delete(instance))
      const begun = await records.begun(deletion)
      await atOnce(
        round,
        () => records.attempts.deleted(begun),
        () => records.requests.delete(instance),
      )
      expect(await records.operations.status(instance.id)).toBeUndefined()
    }
  })

  test('when a creation or an update ends: one of them comes first, and neither fails', async () => {
    for (let round = 0; round < rounds; round++) {
      const { instance, operation } = await creating()
      await atOnce(
        round,
        () => records.attempts.deployed({ instance, operation }, outputs).catch(unlessOver),
        () => records.requests.delete(instance),
      )
      expect(await records.operations.status(instance.id)).toMatchObject({
        operation: { type: 'deprovision' },
      })
    }
  })
})

test('a binding that is asked for while its instance is being deleted waits for that, and is none', async () => {
  const { instance } = await creating()
  let binding: Promise<boolean> | undefined
  await database.db.transaction(async (tx) => {
    await deleteInstance(tx, instance.id)
    const asked = { instanceId: instance.id, id: 'binding', appGuid: null, tokenGeneration: 1 }
    binding = new Bindings(database.db).create(asked)
    binding.catch(() => {})
    await someoneWaits(database.db)
  })
  expect(await binding).toBe(false)
})

test('who changes an instance waits for who is changing it', async () => {
  const { instance } = await creating()
  let other: Promise<string> | undefined
  const waits = someoneWaits(database.db)
  await database.db.transaction(async (tx) => {
    await lockInstance(tx, instance.id)
    other = database.db.transaction((own) => lockInstance(own, instance.id)).then(() => 'does not wait')
    expect(await Promise.race([other, waits.then(() => 'waits')])).toBe('waits')
  })
  await other
})

test('an instance and its last operation are of one moment', async () => {
  const { instance, operation } = await creating()
  await records.attempts.deployed({ instance, operation }, outputs)
  const update = accepted(
    await records.requests.update(instance, { ...currentTarget(instance), planId: 'large' }),
  )
  const begun = await records.begun(update)
  // The update ends after the first statement of the look: a second one would see another moment.
  const looking = await slowedDown(() => records.attempts.deployed(begun, outputs))
  const known = await looking.status(instance.id)
  expect(known).toMatchObject({
    instance: { planId: 'small' },
    operation: { type: 'update', state: 'in progress' },
  })
  expect(await records.operations.status(instance.id)).toMatchObject({
    instance: { planId: 'large' },
    operation: { type: 'update', state: 'succeeded' },
  })
})

/** Operations on a connection of their own, where something happens after the first statement. */
async function slowedDown(meanwhile: () => Promise<unknown>): Promise<Operations> {
  const pool = new Pool({ connectionString: database.url })
  pool.on('error', () => {})
  onTestFinished(() => pool.end())
  let happened = false
  const query = pool.query.bind(pool) as (...all: unknown[]) => Promise<unknown>
  const slow = async (...all: unknown[]) => {
    const result = await query(...all)
    if (!happened) {
      happened = true
      await meanwhile()
    }
    return result
  }
  return new Operations(drizzle(Object.assign(pool, { query: slow as Pool['query'] })))
}
