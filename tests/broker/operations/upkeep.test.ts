import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../broker/logging/log.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { Upkeep, type UpkeepOptions } from '../../../broker/operations/upkeep.ts'
import { recordedLog } from '../../support/recorded-log.ts'

const operation = (id: string) => ({ id }) as Operation

const nothing: UpkeepOptions['operations'] = {
  runnable: async () => [],
  inProgress: async () => [],
  unobserved: async () => [],
  setObserved: async () => {},
  pruneLogs: async () => {},
}

function upkeep(options: Partial<UpkeepOptions> & Pick<UpkeepOptions, 'operations'>): Upkeep {
  return new Upkeep({
    readBack: { afterFailure: async () => true },
    queue: { ensure: async () => {} },
    provisioner: { tidy: async () => {} },
    removeExpired: async () => {},
    logDays: 1,
    log: createLog('silent'),
    ...options,
  })
}

test('a failed update is looked at until AWS has told what it has come to', async () => {
  const done: string[] = []
  await upkeep({
    operations: {
      ...nothing,
      unobserved: async () => [operation('busy'), operation('at rest')],
      setObserved: async ({ id }) => void done.push(id),
    },
    readBack: { afterFailure: async ({ id }) => id !== 'busy' },
  }).observeFailed()
  expect(done).toEqual(['at rest'])
})

test('a failed update that can not be looked at is named, and keeps nobody from looking at the others', async () => {
  const done: string[] = []
  const { log, lines } = recordedLog()
  const err = new Error('it does not open')
  await upkeep({
    operations: {
      ...nothing,
      unobserved: async () => [{ ...operation('broken'), instanceId: 'instance' }, operation('at rest')],
      setObserved: async ({ id }) => void done.push(id),
    },
    readBack: {
      async afterFailure({ id }) {
        if (id === 'broken') throw err
        return true
      },
    },
    log,
  }).observeFailed()
  expect(done).toEqual(['at rest'])
  expect(lines).toEqual([[{ err, instance: 'instance', operation: 'broken' }, expect.any(String)]])
})

test('whoever asks during a look waits for it, and a stop does, and lets it begin nothing more', async () => {
  const looked: string[] = []
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const looking = upkeep({
    operations: { ...nothing, unobserved: async () => [operation('slow'), operation('next')] },
    readBack: {
      afterFailure({ id }) {
        looked.push(id)
        return promise
      },
    },
  })
  const ended: string[] = []
  const looks = [looking.observeFailed(), looking.observeFailed()].map((look) =>
    look.then(() => ended.push('look')),
  )
  await setImmediate()
  const stop = looking.stop().then(() => ended.push('stop'))
  await setImmediate()
  expect(ended).toEqual([])
  resolve(true)
  await Promise.all([...looks, stop])
  expect(looked).toEqual(['slow'])
})

test('a stop ends the removal of old snapshots, and does not speak of it', async () => {
  const { log, lines } = recordedLog()
  let removal: AbortSignal | undefined
  const removeExpired = (signal: AbortSignal) => {
    removal = signal
    return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const looking = upkeep({ operations: nothing, removeExpired, log })
  await looking.start()
  await looking.stop()
  expect([removal?.aborted, lines]).toEqual([true, []])
})

test('what may not run yet gets no job, and what is worked on is not cleared away', async () => {
  const stack = '00000000-0000-4000-8000-000000000001'
  const ensured: string[] = []
  const workedOn: boolean[] = []
  const tidy = async (isWorkedOn: (stack: string) => Promise<boolean>) => {
    workedOn.push(await isWorkedOn(stack), await isWorkedOn('00000000-0000-4000-8000-000000000002'))
  }
  const looking = upkeep({
    operations: {
      ...nothing,
      runnable: async () => [operation('may run')],
      inProgress: async () => [{ ...operation('of it'), instanceId: stack }],
    },
    queue: { ensure: async (all) => void ensured.push(...all.map(({ id }) => id)) },
    provisioner: { tidy },
  })
  onTestFinished(() => looking.stop())
  await looking.start()
  expect(ensured).toEqual(['may run'])
  expect(workedOn).toEqual([true, false])
})
