import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import {
  findRecord,
  type NamedRecord,
  type RecordKind,
  saveRecord,
} from '../../../stacks/local-aws/service/named-records.ts'
import { TestBroker } from '../../support/broker.ts'
import { runCommand } from '../../support/program.ts'

/** Sweeps of an instance that has more than its group: parameters, logs and alarms. */
const id = randomUUID()
const service = readFileSync(new URL('../../../broker/catalog/plans.json', import.meta.url), 'utf8')
const more = { logs: { slow: {}, engine: { retentionDays: 14 } }, alarms: true }
const plans = JSON.parse(service).map((plan: object) => ({ ...plan, ...more }))

let directory: string
let broker: TestBroker
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plans-'))
  const plansFile = join(directory, 'plans.json')
  await writeFile(plansFile, JSON.stringify(plans))
  broker = await TestBroker.start({
    DRIFT_SCHEDULE: 'off',
    PLANS_FILE: plansFile,
    ALARM_TOPIC: 'arn:aws:sns:us-east-1:000000000000:redis',
  })
  await broker.created(id, 'redis-dev', { parameters: { maxmemoryPolicy: 'allkeys-lfu', timeout: 300 } })
})
afterAll(async () => {
  await broker?.remove()
  await rm(directory, { recursive: true, force: true })
})

async function sweep() {
  const { stdout } = await runCommand(['drift', '--json'], broker)
  const { instances, planned } = JSON.parse(stdout)
  const [{ state, findings }] = instances
  return { state, planned, changed: findings.map(({ attribute }: { attribute: string }) => attribute) }
}

async function onAws(change: (aws: ElastiCache) => unknown): Promise<void> {
  const aws = openElastiCache(join(broker.dataDirectory, 'local-aws'))
  try {
    await change(aws)
  } finally {
    aws.service.database.close()
  }
}

const setParameter = (timeout: string) =>
  onAws((aws) => aws.modifyParameterGroup({ name: `cf-${id}-redis6-x`, values: { timeout } }))

const set = (kind: RecordKind, name: string, settings: NamedRecord['settings']) =>
  onAws(({ service: { database } }) => {
    const record = findRecord(database, kind, 'us-east-1', name) as NamedRecord
    saveRecord(database, kind, { ...record, settings: { ...record.settings, ...settings } })
  })

test('a look finds it clean, without a plan', async () => {
  expect(await sweep()).toEqual({ state: 'clean', planned: 0, changed: [] })
})

test('what somebody has changed of any of them is found', async () => {
  await setParameter('60')
  expect(await sweep()).toEqual({ state: 'drifted', planned: 1, changed: ['parameter'] })
  await setParameter('300')
  await set('log-group', `/aws/elasticache/cf-${id}/engine-log`, { retention_in_days: 365 })
  await set('alarm', `cf-${id}-cpu-1`, { actions_enabled: false })
  expect(await sweep()).toEqual({
    state: 'drifted',
    planned: 1,
    changed: ['retention_in_days', 'actions_enabled'],
  })
})

test('once all is as it was, a plan says so, and then looks do again', async () => {
  await set('log-group', `/aws/elasticache/cf-${id}/engine-log`, { retention_in_days: 14 })
  await set('alarm', `cf-${id}-cpu-1`, { actions_enabled: true })
  expect(await sweep()).toMatchObject({ state: 'clean', planned: 1 })
  expect(await sweep()).toMatchObject({ state: 'clean', planned: 0 })
})
