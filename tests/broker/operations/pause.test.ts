import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Pause } from '../../../broker/operations/pause.ts'
import { anyInstance, Records } from '../../support/records.ts'

let records: Records
let pause: Pause
beforeAll(async () => {
  records = await Records.open()
  pause = new Pause(records.db)
})
afterAll(() => records?.close())
afterEach(() => pause.end())

const begin = (refuses: boolean) => pause.begin({ refuses, reason: null, pausedBy: 'operator' })
const runnable = async () => (await records.operations.runnable()).map(({ instanceId }) => instanceId)

test('what is new waits until a pause is over, what has begun goes on', async () => {
  const own = async () => (await runnable()).filter((id) => ['old', 'waiting', 'late'].includes(id))
  const old = await records.creation('old')
  await records.begun(old)
  const waiting = await records.creation('waiting')
  await begin(false)
  const late = await records.creation('late')
  for (const { id } of [waiting, late]) expect(await records.attempts.begin(id)).toBeUndefined()
  expect(await own()).toEqual(['old'])
  expect((await records.begun(old)).operation.attempt).toBe(2)

  await pause.end()
  expect((await own()).sort()).toEqual(['late', 'old', 'waiting'])
  expect((await records.begun(waiting)).operation.attempt).toBe(1)
})

test('what has ended does not begin again', async () => {
  const ended = await records.creation('ended')
  await records.requests.cancel(ended, 'not of interest')
  expect(await records.attempts.begin(ended.id)).toBeUndefined()
  expect(await runnable()).not.toContain('ended')
})

test('a pause that refuses takes nothing new but deletions, and leaves nothing of what it refuses', async () => {
  const instance = await records.created('there')
  await begin(true)
  const refused = { outcome: 'paused', pause: { refuses: true } }
  expect(await records.requests.create(anyInstance('refused'))).toMatchObject(refused)
  await expect(records.instance('refused')).rejects.toThrow('not there')
  expect(await records.operations.last('refused')).toBeUndefined()
  expect(await records.requests.update(instance, anyInstanceTarget)).toMatchObject(refused)
  expect(await records.requests.delete(instance)).toMatchObject({ outcome: 'accepted' })
})

const anyInstanceTarget = { ...anyInstance('any'), updatedAt: new Date(0).toISOString() }
