import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { currentTarget, newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { Attempts } from '../../../broker/operations/attempts.ts'
import { ChangesAtRest } from '../../../broker/operations/changes-at-rest.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { OperationRequests } from '../../../broker/operations/requests.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { anyInstance, anyOutputs, Records } from '../../support/records.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openEmbedded()
})
afterAll(() => database?.close())

test('an update that was made of an instance as it is no longer is refused, and one of it as it is now taken', async () => {
  const requests = requestsWithoutJobs(database.db)
  const attempts = new Attempts(database.db, KeyRing.parse(KeyRing.newEntry('key')))
  const ids = { id: 'changed', serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
  const stale = newInstance(ids, { ...anyTarget, updatedAt: new Date(0).toISOString() })
  await requests.cancel(accepted(await requests.create(stale)), 'not of interest')
  const target = { ...currentTarget(stale), planId: 'large', updatedAt: new Date(1000).toISOString() }
  const begun = await attempts.begin(accepted(await requests.update(stale, target)).id)
  if (!begun) throw new Error('not begun')
  await attempts.deployed(begun, { hostname: 'h', port: 6379, password: 'p', engineVersion: '6.2.6' })

  expect(await requests.update(stale, target)).toMatchObject({ outcome: 'changed' })
  const current = await new Instances(database.db).find('changed')
  if (!current) throw new Error('it has gone')
  expect(await requests.update(current, currentTarget(current))).toMatchObject({ outcome: 'accepted' })
})

test('who deletes or forgets an instance means it as it is, not as it was read', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  for (const what of ['delete', 'forget'] as const) {
    const read = await records.created(what)
    const update = await records.begun(await records.update(what, { planId: 'large' }))
    await records.attempts.deployed(update, anyOutputs)
    expect(accepted(await records.requests[what](read)).target).toMatchObject({ planId: 'large' })
  }
})

test('an update that was made of an instance before it was renamed is refused', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  const read = await records.created('renamed')
  expect(await new ChangesAtRest(records.db).rename(read, { instance_name: 'new' })).toBe(true)
  expect(await records.requests.update(read, currentTarget(read))).toMatchObject({ outcome: 'changed' })
})

test('an operation that is repeated undoes no rename that came after it', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  const read = await records.created('repeated')
  const failed = await records.update('repeated', { planId: 'large', context: { instance_name: 'old' } })
  await records.requests.cancel(failed, 'not of interest')
  const context = { instance_name: 'new' }
  expect(await new ChangesAtRest(records.db).rename(read, context)).toBe(true)
  const { type, target } = accepted(await records.requests.repeat(failed))
  expect({ type, target }).toEqual({ type: 'update', target: { ...failed.target, context } })
})

test('a deletion ends the creation in progress of its own instance, and no other operation', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  const { operations, requests } = records
  const other = await records.creation('other')
  const creation = await records.creation('creating')
  const deletion = await records.deletion('creating')
  expect(await operations.find('creating', creation.id)).toMatchObject({
    state: 'failed',
    description: 'Stopped: the instance is being deleted.',
  })
  expect(await operations.find('other', other.id)).toMatchObject({ state: 'in progress' })

  const instance = await records.created('there')
  const [created] = await operations.history('there', 1)
  const update = await records.update('there')
  expect(await requests.delete(instance)).toMatchObject({ outcome: 'in progress', operation: update })
  await requests.cancel(update, 'not of interest')
  await records.deletion('there')
  expect((await operations.history('there', 3)).at(-1)).toEqual(created)
  expect(deletion).toMatchObject({ type: 'deprovision', state: 'in progress', attempt: 0 })
})

test('a cancelled operation says what it leaves, and one that has ended stays as it is', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  const { requests } = records
  await records.created('a')
  const facts = async (operation: Operation) => {
    const ended = await requests.cancel(operation, 'cancelled')
    return [ended?.state, ended?.instanceUsable, ended?.updateRepeatable]
  }
  const update = await records.update('a')
  expect(await facts(update)).toEqual(['failed', true, true])
  expect(await requests.cancel(update, 'once more')).toBeUndefined()
  expect(await records.operations.last('a')).toMatchObject({ description: 'cancelled' })
  // Of a deletion that has begun, nobody knows what is left.
  expect(await facts(await records.deletion('a'))).toEqual(['failed', true, null])
  const begun = await records.deletion('a')
  await records.begun(begun)
  expect(await facts(begun)).toEqual(['failed', false, null])
  expect(await facts(await records.creation('b'))).toEqual(['failed', null, null])
})

test('an organization with a full queue gets nothing more that makes more, and nothing of that is left', async () => {
  const records = await Records.open()
  onTestFinished(() => records.close())
  const requests = new OperationRequests(records.db, async () => {}, 1)
  const instance = await records.created('there')
  expect(await requests.create(anyInstance('first'))).toMatchObject({ outcome: 'accepted' })
  const full = { outcome: 'queue full', most: 1 }
  expect(await requests.create(anyInstance('second'))).toEqual(full)
  await expect(records.instance('second')).rejects.toThrow('not there')
  expect(await requests.update(instance, currentTarget(instance))).toEqual(full)
  expect(await requests.delete(instance)).toMatchObject({ outcome: 'accepted' })
})
