import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { CheckQueue, type CheckRequest, type CheckResult } from '../../../broker/drift/check-queue.ts'
import { Jobs } from '../../../broker/jobs/jobs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'

const log = createLog('silent')

let database: OpenDatabase
beforeAll(async () => {
  database = await openOnPostgres()
})
afterAll(() => database?.close())

const done = (instance: string): CheckResult => ({ type: 'skipped', reason: `done with ${instance}` })
const never = new AbortController().signal

/** A broker process, as far as it makes checks. */
async function startProcess(
  atOnce: number,
  check: (request: CheckRequest, signal: AbortSignal) => Promise<CheckResult>,
) {
  const jobs = new Jobs(database, log)
  await jobs.start()
  const checks = new CheckQueue(jobs)
  await checks.start(atOnce, check)
  return {
    checks,
    jobs,
    async stop() {
      await checks.stop()
      await jobs.stop()
    },
  }
}

test('an instance is checked by one process at a time, and two sweeps both get what they asked for', async () => {
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  const check = async ({ instanceId }: CheckRequest) => {
    const now = (running.get(instanceId) ?? 0) + 1
    running.set(instanceId, now)
    most.set(instanceId, Math.max(now, most.get(instanceId) ?? 0))
    await sleep(100)
    running.set(instanceId, now - 1)
    return done(instanceId)
  }
  const processes = await Promise.all([startProcess(2, check), startProcess(2, check)])
  onTestFinished(async () => void (await Promise.all(processes.map(({ stop }) => stop()))))

  const asked = processes.flatMap(({ checks }) =>
    ['a', 'b', 'c'].map((instanceId) => checks.check({ instanceId, priority: 1 }, never)),
  )
  const results = await Promise.all(asked)
  expect(results).toEqual(['a', 'b', 'c', 'a', 'b', 'c'].map(done))
  expect([...most.values()]).toEqual([1, 1, 1])
})

test('what a process has begun that died, another one does', async () => {
  const before = await startProcess(1, async ({ instanceId }) => done(instanceId))
  await before.stop()
  // As a process that is killed: it has taken the job and gives no sign of life any more.
  const dead = new Jobs(database, log)
  await dead.start()
  onTestFinished(() => dead.stop())
  await dead.boss.send('drift-checks', { instanceId: 'left', priority: 1 }, { singletonKey: 'left' })
  expect(await dead.boss.fetch('drift-checks')).toHaveLength(1)

  const { checks, stop } = await startProcess(1, async ({ instanceId }) => done(instanceId))
  onTestFinished(stop)
  expect(await checks.check({ instanceId: 'left', priority: 1 }, never)).toEqual(done('left'))
  await vi.waitFor(
    async () => {
      const jobs = await dead.boss.findJobs('drift-checks', { key: 'left' })
      expect(jobs.map(({ state }) => state)).toEqual(['completed', 'completed'])
    },
    { timeout: 60_000, interval: 500 },
  )
}, 120_000)

test('who no longer waits ends the check, and the instance is free', async () => {
  const begun = Promise.withResolvers<void>()
  let first = true
  const { checks, stop } = await startProcess(1, ({ instanceId }, signal) => {
    if (!first) return Promise.resolve(done(instanceId))
    first = false
    begun.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  onTestFinished(stop)
  const gone = new AbortController()
  const asking = checks.check({ instanceId: 'withdrawn', priority: 1 }, gone.signal)
  await begun.promise
  gone.abort(new Error('nobody reads the answer'))
  await expect(asking).rejects.toThrow('nobody reads the answer')
  expect(await checks.check({ instanceId: 'withdrawn', priority: 1 }, never)).toEqual(done('withdrawn'))
})

test('a check that can not be made says why, after other tries', async () => {
  let tries = 0
  const { checks, stop } = await startProcess(1, async () => {
    tries++
    throw new Error('the disk is full')
  })
  onTestFinished(stop)
  await expect(checks.check({ instanceId: 'failing', priority: 1 }, never)).rejects.toThrow(
    'the disk is full',
  )
  expect(tries).toBe(3)
})
