import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../../broker/database/database.ts'
import type { Checked } from '../../../broker/drift/report.ts'
import { instances } from '../../../broker/instances/tables.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../../support/broker.ts'
import { cloneInstance } from '../../support/clones.ts'
import { once } from '../../support/once.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { runCommand } from '../../support/program.ts'

/**
 * Sweeps over several instances, on PostgreSQL. What they do with each of them is in sweep.test.ts, and what they cost
 * with thousands in the benchmarks.
 */
const count = 5

let postgres: Postgres
let broker: TestBroker
let database: OpenDatabase
let ids: string[]
beforeAll(async () => {
  const keys = KeyRing.newEntry('test')
  postgres = await startPostgres()
  broker = await TestBroker.start({
    DATABASE_URL: postgres.url,
    STATE_KEYS: keys,
    DRIFT_SCHEDULE: 'off',
    DRIFT_AT_ONCE: '2',
  })
  database = await openDatabase(postgres.url, broker.dataDirectory, createLog('silent'))
  const original = randomUUID()
  await broker.created(original)
  const site = { broker, db: database.db, keyRing: KeyRing.parse(keys) }
  ids = [original, ...(await cloneInstance(site, original, count - 1))]
})
afterAll(async () => {
  await database?.close()
  await broker?.remove()
  await postgres?.stop()
})

async function sweep(...words: string[]) {
  const { code, stdout } = await runCommand(['drift', '--json', ...words], broker)
  const { instances: found, skipped, planned } = JSON.parse(stdout)
  const checked = new Map<string, string>(
    found.map(({ instance, state }: Checked) => [instance, state] as const),
  )
  return { code, checked, skipped, planned }
}

/** Of all instances, when nobody has touched them and no plan has proved more than the first one clean. */
const firstSweep = once(sweep)

test('instances that nobody has touched are clean: exit code 0', async () => {
  const { code, checked, skipped, planned } = await firstSweep()
  expect(skipped).toEqual([])
  expect(checked).toEqual(new Map(ids.map((id) => [id, 'clean'])))
  expect(code).toBe(0)
  // The deploy of the one was as good as a plan; of the others nothing is known yet.
  expect(planned).toBe(count - 1)
})

test('the next time a look at all of them is enough', async () => {
  await firstSweep()
  const { code, checked, planned } = await sweep()
  expect(checked).toEqual(new Map(ids.map((id) => [id, 'clean'])))
  expect(code).toBe(0)
  expect(planned).toBe(0)
  const { body } = await broker.request('GET', '/operator/metrics', { login: 'operator:operator' })
  expect(body).toContain(`broker_drift_checks_total{by="look"} ${count + 1}`)
  expect(body).toContain(`broker_drift_checks_total{by="plan"} ${count - 1}`)
})

test('a plan for each of them is to be had', async () => {
  await firstSweep()
  expect(await sweep('--full')).toMatchObject({ code: 0, planned: count })
})

/** The sweep after the settings of one instance, the tags of another and the group of a third were changed. */
const sweepOfTouched = once(async () => {
  await firstSweep()
  const [, changed, tagged, deleted] = ids as [string, string, string, string]
  await broker.aws(async (aws) => {
    await aws.modifyReplicationGroup(`cf-${changed}`, { snapshotRetentionLimit: 0 })
    await aws.addTags(`cf-${tagged}`, { Owner: 'somebody' })
    await aws.deleteReplicationGroup(`cf-${deleted}`)
  })
  return { changed, tagged, deleted, ...(await sweep()) }
})

test('the few that somebody has touched are found among them: exit code 2', async () => {
  const { changed, tagged, deleted, code, checked, skipped, planned } = await sweepOfTouched()
  const found = (state: string) => ids.filter((id) => checked.get(id) === state)
  expect(skipped).toEqual([])
  expect(found('drifted')).toEqual([changed, tagged])
  expect(found('missing')).toEqual([deleted])
  expect(found('clean')).toHaveLength(count - 3)
  expect(code).toBe(2)
  expect(planned).toBe(3)
})

test('what was not clean gets a plan the next time, and so does what is pending', async () => {
  const { tagged } = await sweepOfTouched()
  const named = ids[4] as string
  await database.db
    .update(instances)
    .set({ context: { instance_name: 'another' } })
    .where(eq(instances.id, named))
  await broker.aws((aws) => aws.removeTags(`cf-${tagged}`, ['Owner']))
  const { checked, planned } = await sweep()
  expect(checked.get(named)).toBe('pending')
  expect(checked.get(tagged)).toBe('clean')
  expect(planned).toBe(4)
})
