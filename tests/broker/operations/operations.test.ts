import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { lastOperations } from '../../../broker/operations/last-operation.ts'
import { Pause } from '../../../broker/operations/pause.ts'
import { operationLogs, operations } from '../../../broker/operations/tables.ts'
import { type InstancesOptions, instancesApp } from '../../../broker/operator/instances.ts'
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

test('the newest operation is the one that was accepted last, also when the clock steps back', async () => {
  const instance = await records.created('stepped back')
  const { operations: all, requests } = records
  const [creation] = await all.history(instance.id, 1)
  const later = sql`now() + interval '1 hour'`
  await records.db.update(operations).set({ createdAt: later }).where(eq(operations.instanceId, instance.id))
  const before = await records.creation('waits since later')
  await records.db.update(operations).set({ createdAt: later }).where(eq(operations.id, before.id))

  const update = await records.update(instance.id)
  expect((await all.status(instance.id))?.operation.id).toBe(update.id)
  expect((await all.last(instance.id))?.id).toBe(update.id)
  expect((await lastOperations(records.db, [instance.id])).get(instance.id)?.id).toBe(update.id)
  expect((await all.history(instance.id, 2)).map(({ id }) => id)).toEqual([update.id, creation?.id])
  expect(await requests.delete(instance)).toMatchObject({ outcome: 'in progress', operation: update })
  expect(await all.placeInQueue(update)).toBeGreaterThan(await all.placeInQueue(before))
})

test('statuses that are asked for at once are each that of its own instance', async () => {
  await records.created('one')
  await records.creation('two')
  const ids = ['two', 'nowhere', 'one', 'two']
  const statuses = await Promise.all(ids.map((id) => records.operations.status(id)))
  expect(statuses.map((status) => status && [status.instance.id, status.operation.state])).toEqual([
    ['two', 'in progress'],
    undefined,
    ['one', 'succeeded'],
    ['two', 'in progress'],
  ])
})

test('a status that is asked for again tells what has changed since', async () => {
  const creation = await records.begun(await records.creation('changing'))
  const before = records.operations.status('changing')
  expect((await before)?.operation.state).toBe('in progress')
  await records.attempts.succeeded(creation)
  expect((await records.operations.status('changing'))?.operation.state).toBe('succeeded')
})

test('an operation is found as one of its own instance only', async () => {
  const { id } = await records.creation('own')
  await records.creation('other')
  expect(await records.operations.find('own', id)).toMatchObject({ id })
  expect(await records.operations.find('other', id)).toBeUndefined()
})

test('the pages of a history follow each other without a gap or a repetition, newest first', async () => {
  await records.created('paged')
  for (let i = 0; i < 3; i++) await records.requests.cancel(await records.update('paged'), 'cancelled')
  await records.created('not paged')
  const page = async (limit: number, after?: string) =>
    (await records.operations.history('paged', limit, after)).map(({ id }) => id)
  const all = await page(10)
  expect(all).toHaveLength(4)
  const ids: string[] = []
  while (ids.length < 4) ids.push(...(await page(1, ids.at(-1))))
  expect(ids).toEqual(all)
  expect(await page(10, all[3])).toEqual([])
  for (const none of [randomUUID(), 'no id', 'n\0']) expect(await page(2, none)).toEqual(all.slice(0, 2))
})

test('operators are shown one operation without a look at all, and of its log what they have not read', async () => {
  await records.created('shown')
  const { id } = await records.update('shown')
  const begun = await records.begun({ id })
  for (const text of ['one', 'two', 'three']) await records.attempts.log(begun.operation, text)
  await records.attempts.failed(begun, { description: 'failed', detail: 'the whole story' })
  await records.requests.cancel(await records.update('shown'), 'cancelled')
  const saved = records.operations
  const app = instancesApp({
    pause: new Pause(records.db),
    operations: saved,
    catalog: { plans: [] },
  } as unknown as InstancesOptions)
  const [history, log] = [vi.spyOn(saved, 'history'), vi.spyOn(saved, 'log')]
  onTestFinished(() => void vi.restoreAllMocks())
  const get = async (path: string) => (await app.request(path)).json()

  const operation = expect.objectContaining({ id, detail: 'the whole story' })
  expect(await get(`/shown/operations/${id}`)).toEqual({ operation, place: 0 })
  const entries = [expect.objectContaining({ text: 'three' })]
  expect(await get(`/shown/log?operation=${id}&after=2`)).toEqual({ operation, entries })
  expect(await log.mock.results[0]?.value).toHaveLength(1)
  for (const none of [randomUUID(), 'no id', '%00']) {
    expect((await app.request(`/shown/operations/${none}`)).status).toBe(404)
  }
  expect(history).not.toHaveBeenCalled()
  expect(await get('/shown/operations?limit=1')).toMatchObject({ next: expect.any(String) })
  const [newest] = await saved.history('shown', 1)
  const second = await get(`/shown/operations?limit=1&after=${newest?.id}`)
  expect(second).toEqual({ operations: [operation], next: id })
  expect(await history.mock.results[0]?.value).toHaveLength(2)
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

  const own = ['creation failed', 'never begun', 'succeeded', 'no update', 'deletion failed', 'failed']
  const unobserved = async () =>
    (await records.operations.unobserved()).filter(({ instanceId }) => own.includes(instanceId))
  const left = await unobserved()
  expect(left.map(({ instanceId }) => instanceId)).toEqual(['failed'])
  for (const operation of left) await records.operations.setObserved(operation)
  expect(await unobserved()).toEqual([])
})

test('operations are counted as they are in progress, and in each way in which they end', async () => {
  const { requests, attempts, operations } = records
  const counted = async () =>
    new Map((await operations.counts()).map((row) => [`${row.type} ${row.state}`, row.count]))
  const before = await counted()
  await records.created('counted')
  await attempts.succeeded(await records.begun(await records.update('counted')))
  await attempts.failed(await records.begun(await records.update('counted')), failure)
  await requests.cancel(await records.update('counted'), 'cancelled')
  await attempts.deleted(await records.begun(await records.deletion('counted')))
  await records.creation('stopped by its deletion')
  await records.deletion('stopped by its deletion')

  const more = [...(await counted())].map(([which, count]) => [which, count - (before.get(which) ?? 0)])
  expect(Object.fromEntries(more.filter(([, count]) => count !== 0))).toEqual({
    'provision succeeded': 1,
    'provision failed': 1,
    'update succeeded': 1,
    'update failed': 2,
    'deprovision succeeded': 1,
    'deprovision in progress': 1,
  })
})

test('an attempt that is over ends nothing and is not counted', async () => {
  const stale = await records.begun(await records.creation('taken over'))
  await records.begun(stale.operation)
  const before = await records.operations.counts()
  await expect(records.attempts.succeeded(stale)).rejects.toThrow('is over')
  expect(await records.operations.counts()).toEqual(before)
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
