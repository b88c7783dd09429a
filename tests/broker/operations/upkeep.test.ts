import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../broker/logging/log.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { Upkeep, type UpkeepOptions } from '../../../broker/operations/upkeep.ts'

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
