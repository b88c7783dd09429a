import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../broker/database/database.ts'
import { Jobs } from '../../../broker/jobs/jobs.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { TestBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { plansWait, processes, untilPlanned } from './held-plans.ts'

const id = randomUUID()

let postgres: Postgres
let broker: TestBroker
beforeAll(async () => {
  postgres = await startPostgres()
  broker = await TestBroker.start({
    DATABASE_URL: postgres.url,
    DRIFT_SCHEDULE: '* * * * *',
    DRIFT_SHARED_PROVIDER: 'false',
    DRIFT_FULL_PLAN_DAYS: '0',
  })
  await broker.created(id)
})
afterAll(async () => {
  await broker?.remove()
  await postgres?.stop()
})

const instance = async () =>
  (await broker.request('GET', `/operator/instances/${id}`, { login: 'operator:operator' })).body

/** The minute is over: a sweep is due. */
async function due(): Promise<void> {
  const log = createLog('silent')
  const database = await openDatabase(postgres.url, '', log)
  onTestFinished(() => database.close())
  const jobs = new Jobs(database, log)
  await jobs.start()
  onTestFinished(() => jobs.stop())
  await jobs.boss.send('drift-sweeps', {})
}

test('the broker sweeps by itself, without a shared provider too', async () => {
  const { drift } = await instance()
  await eventually(async () => expect((await instance()).drift.length).toBeGreaterThan(drift.length))
  expect((await instance()).driftState).toBe('clean')
})

test('it finds what has changed in the meantime, and that it has been put right', async () => {
  const tag = { Owner: 'somebody' }
  await broker.aws((aws) => aws.addTags(`cf-${id}`, tag))
  await due()
  await eventually(async () => expect((await instance()).driftState).toBe('drifted'))
  await broker.aws((aws) => aws.removeTags(`cf-${id}`, Object.keys(tag)))
  await due()
  await eventually(async () => expect((await instance()).driftState).toBe('clean'))
})

test('a broker that stops in the middle of a sweep stops all the same, and goes on after its start', async () => {
  await broker.aws((aws) => aws.setBehaviour(plansWait))
  await due()
  await untilPlanned(broker)
  expect(await broker.stop()).toBe(0)
  expect(processes(broker, 'terraform plan')).toEqual([])
  await broker.aws((aws) => aws.setBehaviour({}))
  await broker.start()
  const { drift } = await instance()
  await eventually(async () => expect((await instance()).drift[0].checkedAt > drift[0].checkedAt).toBe(true))
})
