import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../broker/database/database.ts'
import { type InstanceFilters, InstanceList } from '../../../broker/drift/instance-list.ts'
import { DriftRecords } from '../../../broker/drift/records.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { deleteInstance } from '../../../broker/instances/rows.ts'
import { openEmbedded } from '../../support/embedded-database.ts'
import { accepted, requestsWithoutJobs } from '../../support/requests.ts'
import { anyTarget } from '../../support/target.ts'

let database: OpenDatabase
let list: InstanceList
beforeAll(async () => {
  database = await openEmbedded()
  list = new InstanceList(database.db)
  // Two of each time of creation: the order must not depend on it alone.
  for (const [index, id] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) await create(id, index)
})
afterAll(() => database?.close())

/** How often each of the first ones was checked. */
const checks = [2, 2, 1]

const time = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))

/** The even ones are named and on plan 0; none but the first is being created still. */
async function create(id: string, index: number) {
  const requests = requestsWithoutJobs(database.db)
  const isEven = index % 2 === 0
  const context = isEven ? { instance_name: 'even', space_name: 'one', organization_name: 'acme' } : {}
  const target = {
    ...anyTarget,
    planId: `plan ${index % 2}`,
    context,
    maintenanceVersion: isEven ? 'new' : 'old',
    updatedAt: time(Math.floor(index / 2)).toISOString(),
  }
  const place = { serviceId: 's', organizationGuid: isEven ? 'o1' : 'o2', spaceGuid: isEven ? 's1' : 's2' }
  const operation = accepted(await requests.create(newInstance({ id, ...place }, target)))
  if (index > 0) await requests.cancel(operation, 'ended')
  for (const [minute, state] of (['clean', 'drifted'] as const).slice(0, checks[index] ?? 0).entries()) {
    const check = { instanceId: id, state, findings: [], checkedAt: time(minute), durationMilliseconds: 1 }
    await new DriftRecords(database.db).insert(database.db, { ...check, message: null, planned: true })
  }
}

const idsOf = async (filters: InstanceFilters, limit = 100, after?: string) =>
  (await list.page(filters, limit, after))?.map(({ instance }) => instance.id)

test('pages follow each other without a gap or a repetition, oldest first', async () => {
  expect(await idsOf({}, 4)).toEqual(['a', 'b', 'c', 'd'])
  expect(await idsOf({}, 4, 'd')).toEqual(['e', 'f'])
  expect(await idsOf({}, 1, 'a')).toEqual(['b'])
  expect(await idsOf({}, 4, 'f')).toEqual([])
  expect(await idsOf({ name: 'even' }, 4, 'b')).toEqual(['c', 'e'])
})

test('a page after an instance that is gone goes on where that was, and after none of ours there is no page', async () => {
  await create('c2', 2)
  await deleteInstance(database.db, 'c2')
  expect(await idsOf({}, 2, 'c2')).toEqual(['d', 'e'])
  expect(await idsOf({}, 2, 'never')).toBeUndefined()
})

const cases: { filters: InstanceFilters; ids: string[] }[] = [
  { filters: { name: 'even' }, ids: ['a', 'c', 'e'] },
  { filters: { space: 'one' }, ids: ['a', 'c', 'e'] },
  { filters: { space: 's2' }, ids: ['b', 'd', 'f'] },
  { filters: { organization: 'acme' }, ids: ['a', 'c', 'e'] },
  { filters: { organization: 'o2' }, ids: ['b', 'd', 'f'] },
  { filters: { planIds: ['plan 0'] }, ids: ['a', 'c', 'e'] },
  { filters: { planIds: [] }, ids: [] },
  { filters: { maintenanceVersion: { is: 'new' } }, ids: ['a', 'c', 'e'] },
  { filters: { maintenanceVersion: { isNot: 'new' } }, ids: ['b', 'd', 'f'] },
  { filters: { operation: 'failed' }, ids: ['b', 'c', 'd', 'e', 'f'] },
  { filters: { operation: 'provision' }, ids: ['a', 'b', 'c', 'd', 'e', 'f'] },
  { filters: { drift: 'drifted' }, ids: ['a', 'b'] },
  { filters: { drift: 'clean' }, ids: ['c'] },
  { filters: { drift: 'unchecked' }, ids: ['d', 'e', 'f'] },
  { filters: { drift: 'drifted', name: 'even', operation: 'in progress' }, ids: ['a'] },
]

test.each(cases)('what fits $filters is listed and counted', async ({ filters, ids }) => {
  expect(await idsOf(filters)).toEqual(ids)
  expect(await list.count(filters)).toBe(ids.length)
})

test('each is listed with its last check', async () => {
  const times = (await list.page({}, 4))?.map(({ check }) => check?.checkedAt)
  expect(times).toEqual([time(1), time(1), time(0), undefined])
})

test('a check that is saved after a newer one changes no list and no count', async () => {
  const records = new DriftRecords(database.db)
  const late = { instanceId: 'a', state: 'clean' as const, findings: [], message: null, planned: true }
  await records.insert(database.db, { ...late, checkedAt: time(-1), durationMilliseconds: 1 })
  const [first] = (await list.page({}, 1)) ?? []
  expect(first?.check).toMatchObject({ state: 'drifted', checkedAt: time(1) })
  expect(await idsOf({ drift: 'drifted' })).toEqual(['a', 'b'])
  expect(await idsOf({ drift: 'clean' })).toEqual(['c'])
})

test('instances are counted by the state of their last check, with the time of the oldest', async () => {
  const { unchecked, checked } = await list.driftStates()
  expect(unchecked).toBe(3)
  expect(checked).toHaveLength(2)
  expect(checked).toEqual(
    expect.arrayContaining([
      { state: 'drifted', instances: 2, oldestCheck: time(1) },
      { state: 'clean', instances: 1, oldestCheck: time(0) },
    ]),
  )
})
