import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { currentTarget, newInstance } from '../../../broker/instances/instance.ts'
import { Jobs } from '../../../broker/jobs/jobs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { operationsAtOnce } from '../../../broker/operations/at-once.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { OperationQueue } from '../../../broker/operations/queue.ts'
import { OperationRequests } from '../../../broker/operations/requests.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { plans } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'
import { until } from '../../support/until.ts'

const log = createLog('silent')

let database: OpenDatabase
beforeAll(async () => {
  database = await openOnPostgres()
})
afterAll(() => database?.close())

test('so many node counts change at a time, and what comes after one that waits does not wait', async () => {
  const jobs = new Jobs(database, log)
  await jobs.start()
  onTestFinished(() => jobs.stop())
  const queue = await OperationQueue.open(jobs, database.db, loadCatalog(readSettings({})))
  const requests = new OperationRequests(database.db, queue.enqueue)

  /** @returns the id of an update of an instance with one node */
  const update = async (planId: string): Promise<string> => {
    const given = { id: randomUUID(), serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
    const instance = newInstance(given, { ...anyTarget, planId: plans['redis-dev'] })
    const quiet = requestsWithoutJobs(database.db)
    await quiet.cancel(accepted(await quiet.create(instance)), 'not of interest')
    return accepted(await requests.update(instance, { ...currentTarget(instance), planId })).id
  }
  const changes: string[] = []
  for (let i = 0; i < 4; i++) changes.push(await update(plans['redis-3node']))
  const other = await update(plans['redis-dev'])

  const running = new Set<string>()
  const most: number[] = []
  const ended: string[] = []
  let letEnd = () => {}
  const mayEnd = new Promise<void>((resolve) => {
    letEnd = resolve
  })
  await queue.work({ operations: 5, nodeCountChanges: 2 }, async (id) => {
    running.add(id)
    most.push([...running].filter((one) => changes.includes(one)).length)
    await mayEnd
    running.delete(id)
    ended.push(id)
  })
  await eventually(() => expect(running).toContain(other))
  await eventually(() => expect(running.size).toBe(3))
  letEnd()
  await eventually(() => expect(new Set(ended)).toEqual(new Set([...changes, other])))
  expect(Math.max(...most)).toBe(2)
})

/** A queue, and an operation in it of an instance of its own. */
async function queued() {
  const jobs = new Jobs(database, log)
  await jobs.start()
  onTestFinished(() => jobs.stop())
  const queue = await OperationQueue.open(jobs, database.db, loadCatalog(readSettings({})))
  const create = async (requests: OperationRequests) => {
    const given = { id: randomUUID(), serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }
    return accepted(await requests.create(newInstance(given, anyTarget)))
  }
  const jobsOf = ({ id }: Operation) =>
    jobs.boss.findJobs<object>('operations', { data: { operationId: id } })
  return { jobs, queue, create, jobsOf, requests: new OperationRequests(database.db, queue.enqueue) }
}

test('an operation that has two jobs is worked on by one at a time', async () => {
  const { queue, create, requests } = await queued()
  const twice = await create(requests)
  await queue.enqueue(database.db, twice)
  const other = await create(requests)
  const running: string[] = []
  const mayEnd = Promise.withResolvers<void>()
  await queue.work({ operations: 5, nodeCountChanges: 5 }, async (id) => {
    running.push(id)
    await mayEnd.promise
  })
  const runs = () => running.filter((id) => id === twice.id).length
  await until(() => running.includes(other.id))
  expect(runs()).toBe(1)
  mayEnd.resolve()
  await until(() => runs() === 2)
})

test('an operation without a job gets one, and one that has a job no other', async () => {
  const { queue, create, jobsOf, requests } = await queued()
  const [lost, waiting] = [await create(requestsWithoutJobs(database.db)), await create(requests)]
  expect(await jobsOf(lost)).toHaveLength(0)
  for (let times = 0; times < 2; times++) {
    await queue.ensure([lost, waiting])
    expect(await jobsOf(lost)).toHaveLength(1)
    expect(await jobsOf(waiting)).toHaveLength(1)
  }
})

test('the job of an operation that is not saved is not, either', async () => {
  const { queue, create, jobsOf } = await queued()
  const operation = await create(requestsWithoutJobs(database.db))
  const saved = database.db.transaction(async (tx) => {
    await queue.enqueue(tx, operation)
    throw new Error('not saved')
  })
  await expect(saved).rejects.toThrow('not saved')
  expect(await jobsOf(operation)).toHaveLength(0)
})

test('what is active at the start is left to the other brokers on the database, and taken back where there is none', async () => {
  const { jobs, create, jobsOf, requests } = await queued()
  const active = await create(requests)
  await jobs.boss.fetch('operations', { batchSize: 100 })
  const waiting = await create(requests)
  const states = async () =>
    (await Promise.all([active, waiting].map(jobsOf))).flat().map(({ state }) => state)
  await jobs.freeAbandoned('operations')
  expect(await states()).toEqual(['active', 'created'])
  const alone = new Jobs({ queueConnection: database.queueConnection, shared: false }, log)
  await alone.start()
  onTestFinished(() => alone.stop())
  await alone.freeAbandoned('operations')
  expect(await states()).toEqual(['retry', 'created'])
})

const gigabytes = 1e9

test.each([
  { PLATFORM: 'aws', memory: 8 * gigabytes, cores: 8, operations: 6 },
  { PLATFORM: 'local', memory: 8 * gigabytes, cores: 8, operations: 10 },
  { PLATFORM: 'aws', memory: 64 * gigabytes, cores: 2, operations: 4 },
  { PLATFORM: 'aws', memory: gigabytes, cores: 2, operations: 1 },
] as const)('on $PLATFORM with $memory bytes and $cores cores $operations operations run', (given) => {
  const { PLATFORM, operations, ...machine } = given
  expect(operationsAtOnce({ PLATFORM, OPERATIONS_AT_ONCE: undefined }, machine)).toBe(operations)
  expect(operationsAtOnce({ PLATFORM, OPERATIONS_AT_ONCE: 7 }, machine)).toBe(7)
})
