import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import type { DriftState, Finding } from '../../../broker/drift/finding.ts'
import { InstanceList } from '../../../broker/drift/instance-list.ts'
import { type DriftCheck, DriftRecords } from '../../../broker/drift/records.ts'
import { driftChecks } from '../../../broker/drift/tables.ts'
import { type Instance, newInstance } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { instances as instanceTable } from '../../../broker/instances/tables.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { Operations } from '../../../broker/operations/operations.ts'
import type { OperationRequests } from '../../../broker/operations/requests.ts'
import { operations } from '../../../broker/operations/tables.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
let records: DriftRecords
let requests: OperationRequests
const news: DriftCheck[] = []
beforeAll(async () => {
  database = await openEmbedded()
  records = new DriftRecords(database.db, async (_tx, { id }, check) => {
    expect(id).toBe(check.instanceId)
    news.push(check)
  })
  requests = requestsWithoutJobs(database.db)
})
afterAll(() => database?.close())

const target = { ...anyTarget, updatedAt: new Date(0).toISOString() }

let provision: Operation
beforeEach(async () => {
  news.length = 0
  await database.db.delete(instanceTable)
  provision = accepted(
    await requests.create(
      newInstance(
        { id: 'a', serviceId: 'service', organizationGuid: 'organization', spaceGuid: 'space' },
        target,
      ),
    ),
  )
  await requests.cancel(provision, 'ended')
})

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

function found(state: DriftState, findings: Finding[] = [], checkedAt = new Date()) {
  return {
    instanceId: 'a',
    state,
    findings,
    message: null,
    checkedAt,
    durationMilliseconds: 1,
    planned: true,
  }
}

const changed: Finding = {
  cause: 'world',
  resource: 'redis',
  change: 'changed',
  attribute: 'port',
  before: 1,
  after: 2,
}

test('it is known what any process has checked since a sweep was due', async () => {
  await records.save(found('clean', [], minutesAgo(1)), provision)
  expect(await records.checkedSince('a', minutesAgo(2))).toBe(true)
  expect(await records.checkedSince('a', minutesAgo(0.5))).toBe(false)
  expect(await records.checkedSince('another', minutesAgo(2))).toBe(false)
})

test('what was found while an operation began is not kept: it says nothing', async () => {
  const [instance] = await new Instances(database.db).all()
  const update = accepted(await requests.update(instance as Instance, target))
  expect(await records.save(found('drifted', [changed]), provision)).toBeUndefined()
  expect(await records.save(found('drifted', [changed]), update)).toBeUndefined()
  await requests.cancel(update, 'ended')
  expect(await records.save(found('drifted', [changed]), provision)).toBeUndefined()
  expect(await records.history('a', 1)).toEqual([])
})

test('an operation is not newer than itself, though PostgreSQL keeps its time in microseconds', async () => {
  const createdAt = sql`date_trunc('milliseconds', now()) + interval '123 microseconds'`
  await database.db.update(operations).set({ createdAt }).where(eq(operations.id, provision.id))
  const last = (await new Operations(database.db).last('a')) as Operation
  expect(await records.save(found('clean'), last)).toBeDefined()
})

test('news are: something found, something else found, and that all is well again', async () => {
  const other = { ...changed, after: 3 }
  const checks: [DriftState, Finding[], boolean][] = [
    ['clean', [], false],
    ['drifted', [changed], true],
    ['drifted', [changed], false],
    ['drifted', [other], true],
    ['clean', [], true],
    ['clean', [], false],
  ]
  for (const [index, [state, findings, isNews]] of checks.entries()) {
    const saved = await records.save(found(state, findings, minutesAgo(10 - index)), provision)
    expect(news.splice(0), `check ${index}: ${state}`).toEqual(isNews ? [saved?.check] : [])
  }
})

test('history is dropped after its days, the last check of an instance never', async () => {
  const day = 24 * 60
  await records.save(found('drifted', [changed], minutesAgo(5 * day)), provision)
  await records.save(found('clean', [], minutesAgo(4 * day)), provision)
  const other = newInstance(
    { id: 'other', serviceId: 'service', organizationGuid: 'organization', spaceGuid: 'space' },
    target,
  )
  const creation = accepted(await requests.create(other))
  await requests.cancel(creation, 'ended')
  await records.save({ ...found('clean'), instanceId: 'other' }, creation)
  await records.prune(3)
  expect((await records.history('a', 10)).map(({ state }) => state)).toEqual(['clean'])
  expect((await records.latestOfAll()).get('a')?.state).toBe('clean')
})

test('records of an instance go with it', async () => {
  await records.save(found('clean'), provision)
  await database.db.delete(instanceTable).where(eq(instanceTable.id, 'a'))
  const rows = await database.db.select({ one: sql`1` }).from(driftChecks)
  expect(rows).toEqual([])
})

const baseline = { stack: 'fingerprint', lineage: 'l', serial: 7 }
const missing = async () => (await new Instances(database.db).find('a'))?.missingSince

test('a Redis is missing from the check that missed it until one finds it; a check that failed tells nothing', async () => {
  const since = minutesAgo(5)
  await records.save(found('missing', [], since), provision)
  expect(await missing()).toEqual(since)
  await records.save(found('error', [], minutesAgo(4)), provision)
  expect(await missing()).toEqual(since)
  await records.save(found('drifted', [changed], minutesAgo(3)), provision)
  expect(await missing()).toBeNull()
})

test('what a plan has depended on is kept when it has found nothing, and only then', async () => {
  await records.save(found('drifted', [changed], minutesAgo(5)), provision, baseline)
  expect((await records.known()).get('a')).toBeUndefined()
  await records.save(found('clean', [], minutesAgo(4)), provision, baseline)
  expect((await records.known()).get('a')).toMatchObject({ last: { state: 'clean' }, baseline })
  await records.save(found('drifted', [changed], minutesAgo(3)), provision, { ...baseline, serial: 8 })
  expect((await records.known()).get('a')).toMatchObject({ last: { state: 'drifted' }, baseline })
  const later = minutesAgo(2)
  await records.save(found('clean', [], later), provision, { ...baseline, serial: 9 })
  expect((await records.known()).get('a')?.baseline).toMatchObject({ serial: 9, plannedAt: later })
})

describe('a look that finds an instance as clean as its last plan', () => {
  /** As a look begins, and what it saves at its end. */
  async function look() {
    const known = (await records.known()).get('a')
    const status = await new Operations(database.db).status('a')
    if (!known || !status) throw new Error('nothing is known of it')
    return (at: Date) => records.saveLooked([{ ...known, status }], at)
  }
  beforeEach(() => records.save(found('clean', [], minutesAgo(10)), provision, baseline))

  const history = async () =>
    (await records.history('a', 10)).map(({ planned, checkedAt }) => [planned, checkedAt.getTime()])

  test('is a check without a plan, and looks in a row are one', async () => {
    const [[, first] = []] = await history()
    expect(await (await look())(minutesAgo(5))).toEqual(['a'])
    expect(await history()).toHaveLength(2)
    const last = minutesAgo(1)
    expect(await (await look())(last)).toEqual(['a'])
    expect(await history()).toEqual([
      [false, last.getTime()],
      [true, first],
    ])
    expect((await records.latestOfAll()).get('a')).toMatchObject({ state: 'clean', findings: [] })
  })

  test('counts as the last check of the instance', async () => {
    const at = minutesAgo(1)
    await (await look())(at)
    const { checked } = await new InstanceList(database.db).driftStates()
    expect(checked).toEqual([{ state: 'clean', instances: 1, oldestCheck: at }])
  })

  test.each<[string, (instance: Instance) => Promise<unknown>]>([
    [
      'an operation has run',
      async (instance) => requests.cancel(accepted(await requests.update(instance, target)), 'ended'),
    ],
    ['a plan has been made', () => records.save(found('drifted', [changed]), provision)],
    ['the instance has gone', () => database.db.delete(instanceTable)],
  ])('says nothing when %s since', async (_, happens) => {
    const save = await look()
    const [instance] = await new Instances(database.db).all()
    await happens(instance as Instance)
    const before = await history()
    expect(await save(new Date())).toEqual([])
    expect(await history()).toEqual(before)
  })
})
