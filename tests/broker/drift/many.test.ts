import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../../broker/database/database.ts'
import type { Checked } from '../../../broker/drift/report.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { KeyRing } from '../../../state-backend/encryption/key-ring.ts'
import { TestBroker } from '../../support/broker.ts'
import { cloneInstance } from '../../support/clones.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { runCommand } from '../../support/program.ts'

/** One sweep over a hundred instances, on PostgreSQL. What it does with each of them is in sweep.test.ts. */
const count = 100

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

async function sweep() {
  const { code, stdout } = await runCommand(['drift', '--json'], broker)
  const { instances, skipped } = JSON.parse(stdout)
  const checked = new Map<string, string>(
    instances.map(({ instance, state }: Checked) => [instance, state] as const),
  )
  return { code, checked, skipped }
}

test('a hundred instances that nobody has touched are clean: exit code 0', async () => {
  const { code, checked, skipped } = await sweep()
  expect(skipped).toEqual([])
  expect(checked).toEqual(new Map(ids.map((id) => [id, 'clean'])))
  expect(code).toBe(0)
})

test('the few that somebody has touched are found among them: exit code 2', async () => {
  const [changed, tagged, deleted] = [ids[10], ids[50], ids[99]] as [string, string, string]
  await broker.aws(async (aws) => {
    await aws.modifyReplicationGroup(`cf-${changed}`, { snapshotRetentionLimit: 0 })
    await aws.addTags(`cf-${tagged}`, { Owner: 'somebody' })
    await aws.deleteReplicationGroup(`cf-${deleted}`)
  })
  const { code, checked, skipped } = await sweep()
  const found = (state: string) => ids.filter((id) => checked.get(id) === state)
  expect(skipped).toEqual([])
  expect(found('drifted')).toEqual([changed, tagged])
  expect(found('missing')).toEqual([deleted])
  expect(found('clean')).toHaveLength(count - 3)
  expect(code).toBe(2)
})
