import { expect, test } from 'vitest'
import type { AttemptRunner } from '../../../broker/operations/attempt-runner.ts'
import { OperationWorker } from '../../../broker/operations/worker.ts'

const never = new AbortController().signal

/** A worker of a queue that hands it what the test says. @param run makes the attempts */
async function startWorker(run: AttemptRunner['run']) {
  let handle: (id: string, lease: AbortSignal) => Promise<void> = async () => {}
  let rests = false
  const queue = {
    async work(_atOnce: unknown, handler: typeof handle) {
      handle = handler
    },
    async rest() {
      rests = true
    },
  }
  const worker = new OperationWorker(queue, { run })
  await worker.start({ operations: 1, nodeCountChanges: 1 })
  return { worker, hand: (id: string, lease = never) => handle(id, lease), rests: () => rests }
}

/** An attempt that ends only with its signal. */
const untilStopped = (_id: string, signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('a stop takes nothing new and waits for what runs', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { worker, hand, rests } = await startWorker(async (id) => {
    if (id === 'running') await promise
  })
  const running = hand('running')
  let stopped = false
  const stop = worker.stop(60, never).then(() => {
    stopped = true
  })
  await expect(hand('on its way')).rejects.toThrow('the broker is stopping')
  expect([rests(), stopped]).toEqual([true, false])
  resolve()
  await Promise.all([running, stop])
})

test('what runs when the time of a stop is over goes back to the queue', async () => {
  const { worker, hand } = await startWorker(untilStopped)
  const running = hand('long')
  const stop = worker.stop(0, never)
  await expect(running).rejects.toThrow('the broker is stopping')
  await stop
})

test.each(['before', 'during'])('a stop that is hurried %s it waits for nothing', async (when) => {
  const { worker, hand } = await startWorker(untilStopped)
  const running = hand('long')
  const hurry = new AbortController()
  if (when === 'before') hurry.abort()
  const stop = worker.stop(3600, hurry.signal)
  hurry.abort()
  await expect(running).rejects.toThrow('the broker is stopping')
  await stop
})

test('an attempt hears that its lease is lost', async () => {
  const { hand } = await startWorker(untilStopped)
  const lease = new AbortController()
  const running = hand('leased', lease.signal)
  lease.abort(new Error('the lease is lost'))
  await expect(running).rejects.toThrow('the lease is lost')
})
