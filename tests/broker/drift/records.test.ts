import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import type { DriftState, Finding } from '../../../broker/drift/finding.ts'
import { type DriftClaim, DriftRecords } from '../../../broker/drift/records.ts'
import { driftChecks, driftClaims } from '../../../broker/drift/tables.ts'
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
beforeAll(async () => {
  database = await openEmbedded()
  records = new DriftRecords(database.db)
  requests = requestsWithoutJobs(database.db)
})
afterAll(() => database?.close())

const target = { ...anyTarget, updatedAt: new Date(0).toISOString() }

let provision: Operation
beforeEach(async () => {
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
  return { instanceId: 'a', state, findings, message: null, checkedAt, durationMilliseconds: 1 }
}

const changed: Finding = {
  cause: 'world',
  resource: 'redis',
  change: 'changed',
  attribute: 'port',
  before: 1,
  after: 2,
}

test('an instance is checked by one sweep at a time', async () => {
  const claims = await Promise.all(Array.from({ length: 8 }, () => records.claim('a')))
  expect(claims.filter(Boolean)).toHaveLength(1)
  await records.release(claims.find(Boolean) as DriftClaim)
  expect(await records.claim('a')).toBeDefined()
})

test('the claim of a process that died ends by itself', async () => {
  await records.claim('a')
  await database.db.update(driftClaims).set({ expiresAt: minutesAgo(1) })
  expect(await records.claim('a')).toBeDefined()
})

test('a sweep that has lost its claim to another does not release it', async () => {
  const expired = { ...((await records.claim('a')) as DriftClaim), expiresAt: minutesAgo(1) }
  await database.db.update(driftClaims).set(expired)
  await records.claim('a')
  await records.release(expired)
  expect(await records.claim('a')).toBeUndefined()
})

test('a scheduled sweep leaves out what another process has checked since it was due', async () => {
  await records.save(found('clean', [], minutesAgo(1)), provision)
  expect(await records.claim('a', minutesAgo(2))).toBeUndefined()
  expect(await records.claim('a', minutesAgo(0.5))).toBeDefined()
})

test('an instance that is gone can not be claimed', async () => {
  expect(await records.claim('b')).toBeUndefined()
})

test('what was found while an operation began is not kept: it says nothing', async () => {
  const [instance] = await new Instances(database.db).all()
  const update = accepted(await requests.update(instance as Instance, target))
  expect(await records.save(found('drifted', [changed]), provision)).toBeUndefined()
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
    expect(saved?.check.webhookDue, `check ${index}: ${state}`).toBe(isNews)
  }
  expect(await records.due(10)).toHaveLength(3)
  await records.told(await records.due(10))
  expect(await records.due(10)).toEqual([])
})

test('history is dropped after its days, the last check of an instance never', async () => {
  const day = 24 * 60
  await records.save(found('drifted', [changed], minutesAgo(5 * day)), provision)
  await records.save(found('clean', [], minutesAgo(4 * day)), provision)
  await records.prune(3)
  expect((await records.history('a', 10)).map(({ state }) => state)).toEqual(['clean'])
  expect((await records.latestOfAll()).get('a')?.state).toBe('clean')
})

test('records of an instance go with it', async () => {
  await records.claim('a')
  await records.save(found('clean'), provision)
  await database.db.delete(instanceTable).where(eq(instanceTable.id, 'a'))
  const rows = await database.db.select({ one: sql`1` }).from(driftChecks)
  expect(rows).toEqual([])
})
