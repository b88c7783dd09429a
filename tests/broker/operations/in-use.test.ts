import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { openDatabase } from '../../../broker/database/database.ts'
import type { Instance } from '../../../broker/instances/instance.ts'
import { instances } from '../../../broker/instances/tables.ts'
import { createLog } from '../../../broker/logging/log.ts'
import { requireInUse } from '../../../broker/operations/in-use.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { type PlanName, plans, TestBroker } from '../../support/broker.ts'
import { placeEmptyDatabase } from '../../support/embedded-database.ts'
import { anyInstance, anyOutputs, Records } from '../../support/records.ts'
import { accepted } from '../../support/requests.ts'

const dev = `${plans['redis-dev']} (1 instance)`
const more = `${plans['redis-3node']} (1 instance)`

const onPlan = (name: PlanName): Instance => ({ ...anyInstance(randomUUID()), planId: plans[name] })
const servicePlans: { name: PlanName }[] = JSON.parse(
  readFileSync(new URL('../../../broker/catalog/plans.json', import.meta.url), 'utf8'),
)
const without = (...names: PlanName[]) => servicePlans.filter(({ name }) => !names.includes(name))

let directory: string
let records: Records
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plans-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  records = await Records.open()
  onTestFinished(() => records.close())
})

function plansFile(content: object): string {
  const file = join(directory, 'plans.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

/** The question of a start to the records, with this plans file and these settings. */
function start(content: object, environment: Record<string, string> = {}) {
  const settings = readSettings({ PLANS_FILE: plansFile(content), ...environment })
  return requireInUse(records.db, settings, loadCatalog(settings))
}

/** An instance of the plan redis-dev whose creation has succeeded. */
async function created(): Promise<Instance> {
  const instance = onPlan('redis-dev')
  const creation = accepted(await records.requests.create(instance))
  await records.attempts.deployed(await records.begun(creation), anyOutputs)
  return records.instance(instance.id)
}

test('without the plan of an instance the broker does not start and names it', async () => {
  placeEmptyDatabase(directory)
  const database = await openDatabase(undefined, directory, createLog('silent'))
  await database.db.insert(instances).values(onPlan('redis-dev'))
  await database.close()
  const settings = { DATA_DIR: directory, PLANS_FILE: plansFile(without('redis-dev')) }
  await expect(TestBroker.start(settings)).rejects.toThrow(
    `not in the plans file: ${dev}. Put these plans back`,
  )
})

test('an update in progress needs the plan that it brings the instance to as well as the one before', async () => {
  const { id } = await created()
  const update = await records.update(id, { planId: plans['redis-3node'] })
  await expect(start(without('redis-dev'))).rejects.toThrow(`: ${dev}. `)
  await expect(start(without('redis-3node'))).rejects.toThrow(`: ${more}. `)
  await expect(start(without('redis-dev', 'redis-3node'))).rejects.toThrow(`: ${more}, ${dev}. `)
  // A plan that nobody is on may go, and so may the one from before an update when that has ended.
  await start(without('redis-5node', 'redis-5node-large'))
  await records.attempts.deployed(await records.begun(update), anyOutputs)
  await start(without('redis-dev'))
  await expect(start(without('redis-3node'))).rejects.toThrow(`: ${more}. `)
})

test('what AWS would make other Redis for does not change for a plan in use, and the start names it', async () => {
  const withAll = (all: object) => ({ all, plans: servicePlans })
  await start(withAll({ parameters: { timeout: 300 } }))
  const { id } = await created()
  await expect(start(withAll({ subnetGroup: 'elsewhere', dataTiering: false }))).rejects.toThrow(
    "AWS can't change this of the Redis that is there: redis-dev: subnetGroup was default, is elsewhere, parameters are gone (leave an empty object {} there). Take it back",
  )
  await expect(start(withAll({ parameters: {}, networkType: 'dual_stack' }))).rejects.toThrow(
    'redis-dev: networkType was ipv4, is dual_stack. Take it back',
  )
  // A refused start keeps what was.
  await start(withAll({ parameters: {} }))
  await records.attempts.deleted(await records.begun(await records.deletion(id)))
  // Nobody is on the plan any more.
  await start(withAll({ subnetGroup: 'elsewhere' }))
})

test('settings by which the Redis of instances is found do not change while there are any', async () => {
  const set = { AWS_REGION: 'us-east-1', REPLICATION_GROUP_PREFIX: 'zz-', TAG_BROKER: 'one' }
  const change = (settings: Record<string, string>) => start(servicePlans, { ...set, ...settings })
  await change({ AWS_ACCOUNT_ID: '111122223333' })
  const { id } = await created()
  await expect(change({ REPLICATION_GROUP_PREFIX: 'cf-' })).rejects.toThrow(
    'The broker would not find the Redis that is there: REPLICATION_GROUP_PREFIX was zz-, is cf-. Set it back',
  )
  await expect(change({ AWS_REGION: 'us-west-2', TAG_BROKER: 'other' })).rejects.toThrow(
    ': AWS_REGION was us-east-1, is us-west-2, TAG_BROKER was one, is other. ',
  )
  // Not set is not another one, and does not forget which one it was.
  await change({})
  await expect(change({ AWS_ACCOUNT_ID: '999999999999' })).rejects.toThrow(
    ': AWS_ACCOUNT_ID was 111122223333, is 999999999999. ',
  )
  await records.attempts.deleted(await records.begun(await records.deletion(id)))
  await change({ REPLICATION_GROUP_PREFIX: 'cf-' })
})
