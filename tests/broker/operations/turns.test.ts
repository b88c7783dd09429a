import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { Jobs } from '../../../broker/jobs/jobs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { Attempts } from '../../../broker/operations/attempts.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import { OperationQueue } from '../../../broker/operations/queue.ts'
import { OperationRequests } from '../../../broker/operations/requests.ts'
import { operations } from '../../../broker/operations/tables.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { openOnPostgres } from '../../support/postgres-database.ts'
import { accepted } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

const log = createLog('silent')

let database: OpenDatabase
let attempts: Attempts
beforeAll(async () => {
  database = await openOnPostgres()
  attempts = new Attempts(database.db, KeyRing.parse(KeyRing.newEntry('test')))
})
afterAll(() => database?.close())

let jobs: Jobs
let queue: OperationQueue
let requests: OperationRequests
beforeEach(async () => {
  jobs = new Jobs(database, log)
  await jobs.start()
  queue = await OperationQueue.open(jobs, database.db, { plan: () => undefined })
  requests = new OperationRequests(database.db, queue.enqueue, 20)
})
afterEach(async () => {
  await jobs.stop()
  await database.db.delete(operations)
})

/** Asks for an instance that is named by its organization and a number. */
function ask(organizationGuid: string, number: number) {
  const id = `${organizationGuid} ${number} ${randomUUID()}`
  const instance = newInstance({ id, serviceId: 's', organizationGuid, spaceGuid: 'p' }, anyTarget)
  return requests.create(instance)
}

const create = async (...of: Parameters<typeof ask>) => accepted(await ask(...of))

const nameOf = ({ instanceId }: Operation) => instanceId.split(' ').slice(0, 2).join(' ')

/** Works on all that waits, one at a time, and tells in which order. @param asItStarts is told of each */
async function order(count: number, asItStarts = async (_name: string) => {}): Promise<string[]> {
  const started: string[] = []
  await new Promise<void>((resolve, reject) => {
    const handle = async (id: string) => {
      const begun = await attempts.begin(id)
      // Left by another test.
      if (!begun) return
      started.push(nameOf(begun.operation))
      await asItStarts(nameOf(begun.operation))
      await attempts.failed(begun, { description: 'over', detail: '' })
      if (started.length === count) resolve()
    }
    queue.work({ operations: 1, nodeCountChanges: 1 }, (id) => handle(id).catch(reject)).catch(reject)
  })
  await queue.rest()
  return started
}

describe('an organization that asks for much', () => {
  test('keeps nobody else waiting, and each is told its right place', async () => {
    const crowd: Operation[] = []
    for (let number = 1; number <= 5; number++) crowd.push(await create('crowd', number))
    const others = [await create('other', 1), await create('third', 1), await create('other', 2)]

    const places = (of: Operation[]) =>
      Promise.all(of.map((one) => new Operations(database.db).placeInQueue(one)))
    expect(await places(others)).toEqual([2, 3, 5])
    expect(await places(crowd)).toEqual([1, 4, 6, 7, 8])
    expect(await order(8)).toEqual([
      ...['crowd 1', 'other 1', 'third 1', 'crowd 2', 'other 2'],
      ...['crowd 3', 'crowd 4', 'crowd 5'],
    ])
  })

  test('gets its turns too, while another one asks again and again', async () => {
    for (let number = 1; number <= 3; number++) await create('crowd', number)
    await create('again', 1)
    let asked = 1
    const started = await order(8, async (name) => {
      if (name.startsWith('again')) await create('again', ++asked)
    })
    expect(started.slice(0, 6)).toContain('crowd 3')
  })

  test('is overtaken by who comes later for the time from then on, and not for the time before', async () => {
    for (let number = 1; number <= 5; number++) await create('crowd', number)
    const started = await order(7, async (name) => {
      if (name === 'crowd 3') for (const number of [1, 2]) await create('late', number)
    })
    expect(started.slice(3)).toEqual(['late 1', 'crowd 4', 'late 2', 'crowd 5'])
  })

  test('can fill the queue no further than it may, also all at once; deletions are never refused', async () => {
    const first = await create('crowd', 0)
    // It is at rest, so that its deletion makes no room by ending a creation.
    await requests.cancel(first, 'not of interest')
    await create('crowd', 0)
    const answers = await Promise.all(Array.from({ length: 40 }, (_, number) => ask('crowd', number + 1)))
    const refused = answers.filter(({ outcome }) => outcome !== 'accepted')
    expect(refused).toEqual(Array(21).fill({ outcome: 'queue full', most: 20 }))

    await create('other', 1)
    const instance = await new Instances(database.db).find(first.instanceId)
    if (!instance) throw new Error('it has gone')
    expect(accepted(await requests.delete(instance))).toMatchObject({ type: 'deprovision' })
  })
})
