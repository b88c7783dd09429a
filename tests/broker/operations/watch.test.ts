import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { lease } from '../../../broker/jobs/jobs.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { watch } from '../../../broker/operations/watch.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

function watched(isCurrent: () => Promise<boolean>) {
  const watching = watch({ isCurrent }, {} as Operation)
  onTestFinished(watching.stop)
  const heard = () => ({ over: watching.over.aborted, lost: watching.lost.aborted })
  return { heard, pass: (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000) }
}

test('an attempt that is the newest one goes on', async () => {
  const { heard, pass } = watched(async () => true)
  await pass(10 * lease)
  expect(heard()).toEqual({ over: false, lost: false })
})

test('an attempt that another one has taken over is over', async () => {
  const { heard, pass } = watched(async () => false)
  await pass(5)
  expect(heard()).toEqual({ over: true, lost: false })
})

test('an attempt that can not tell is lost when its lease has ended, and not before', async () => {
  const { heard, pass } = watched(() => Promise.reject(new Error('the database is away')))
  await pass(lease - 1)
  expect(heard()).toEqual({ over: false, lost: false })
  await pass(5)
  expect(heard()).toEqual({ over: false, lost: true })
})

test('a database that was away for a while loses nobody', async () => {
  let asked = 0
  const { heard, pass } = watched(() =>
    ++asked % 5 === 0 ? Promise.resolve(true) : Promise.reject(new Error('the database is away')),
  )
  await pass(10 * lease)
  expect(heard()).toEqual({ over: false, lost: false })
})
