import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../broker/logging/log.ts'
import { Upkeep, type UpkeepOptions } from '../../../broker/operations/upkeep.ts'

function upkeep(options: object): Upkeep {
  const all = {
    readBack: {},
    queue: { ensure: async () => {} },
    provisioner: { tidy: async () => {} },
    removeExpired: async () => {},
    logDays: 1,
    log: createLog('silent'),
    ...options,
  }
  return new Upkeep(all as unknown as UpkeepOptions)
}

test('a failed update is looked at until AWS has told what it has come to', async () => {
  const done: string[] = []
  await upkeep({
    operations: {
      unobserved: async () => ['busy', 'at rest'],
      setObserved: async (one: string) => done.push(one),
    },
    readBack: { afterFailure: async (one: string) => one !== 'busy' },
  }).observeFailed()
  expect(done).toEqual(['at rest'])
})

test('what may not run yet gets no job, and what is worked on is not cleared away', async () => {
  const stack = '00000000-0000-4000-8000-000000000001'
  const ensured: unknown[] = []
  const workedOn: boolean[] = []
  const tidy = async (isWorkedOn: (stack: string) => Promise<boolean>) => {
    workedOn.push(await isWorkedOn(stack), await isWorkedOn('00000000-0000-4000-8000-000000000002'))
  }
  const looking = upkeep({
    operations: {
      runnable: async () => ['may run'],
      inProgress: async () => [{ instanceId: stack }],
      pruneLogs: async () => {},
      unobserved: async () => [],
    },
    queue: { ensure: async (all: string[]) => ensured.push(...all) },
    provisioner: { tidy },
  })
  onTestFinished(() => looking.stop())
  await looking.start()
  expect(ensured).toEqual(['may run'])
  expect(workedOn).toEqual([true, false])
})
