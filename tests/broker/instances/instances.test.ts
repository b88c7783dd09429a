import { afterAll, beforeAll, expect, test } from 'vitest'
import { newInstance, stackName } from '../../../broker/instances/instance.ts'
import { Instances } from '../../../broker/instances/instances.ts'
import { changeInstance, deleteInstance, insertInstance } from '../../../broker/instances/rows.ts'
import { anyInstance, Records } from '../../support/records.ts'
import { anyTarget } from '../../support/target.ts'

let records: Records
let instances: Instances
beforeAll(async () => {
  records = await Records.open()
  instances = new Instances(records.db)
})
afterAll(() => records?.close())

const guid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

function instance(
  id: string,
  organizationGuid: string,
  instance_name = id,
  adoptedGroup: string | null = null,
) {
  const target = { ...anyTarget, context: { instance_name, organization_name: organizationGuid } }
  return newInstance({ id, serviceId: 's', organizationGuid, spaceGuid: 'p' }, target, adoptedGroup)
}

const save = (...of: Parameters<typeof instance>) => insertInstance(records.db, instance(...of))

test('a group is of the instance that adopted it, or else of the one that it is named after', async () => {
  await save(guid(1), 'groups')
  await save(guid(2), 'groups', 'adopting', 'legacy')
  const ownerOf = async (group: string) => (await instances.ofGroup(group, 'cf-'))?.id
  expect(await ownerOf(`cf-${guid(1)}`)).toBe(guid(1))
  expect(await ownerOf('legacy')).toBe(guid(2))
  // The group that it would have had is not its own.
  expect(await ownerOf(`cf-${guid(2)}`)).toBeUndefined()
  expect(await ownerOf(`xy-${guid(1)}`)).toBeUndefined()
})

test('a group is adopted by one instance', async () => {
  expect(await save('first', 'adopted', 'first', 'shared')).toBe(true)
  expect(await save('second', 'adopted', 'second', 'shared')).toBe(false)
})

test('what has been created is counted for each organization and plan', async () => {
  await save('counted', 'counting')
  await changeInstance(records.db, 'counted', { outputs: new Uint8Array() })
  await save('unfinished', 'counting')
  const counts = (await instances.countsByPlan()).filter(
    ({ counts }) => counts.organizationGuid === 'counting',
  )
  expect(counts).toMatchObject([
    { counts: { planId: 'plan', instances: 1 }, newest: { organization: 'counting' } },
  ])
})

test('a word means the instance of that id or stack, then all of that name, then the one that begins so', async () => {
  await save('abcd', 'named', 'my-redis')
  await save('abcde', 'named', 'my-redis')
  await save('named like another', 'named', 'abcd')
  await save('strange/id', 'named', 'x')
  await save('begins so', 'named', 'other')
  await save('begins', 'named', 'x')
  const meant = async (word: string) => (await instances.named(word)).map(({ id }) => id).sort()
  expect(await meant('abcd')).toEqual(['abcd'])
  expect(await meant(stackName('strange/id'))).toEqual(['strange/id'])
  expect(await meant('my-redis')).toEqual(['abcd', 'abcde'])
  expect(await meant('begins s')).toEqual(['begins so'])
  // Too short to begin an id.
  expect(await meant('abc')).toEqual([])
  await save('x-is-a-name', 'named', 'stra')
  expect(await meant('stra')).toEqual(['x-is-a-name'])
})

test('an instance changes and goes alone', async () => {
  await save('changed', 'alone')
  await save('same', 'alone')
  const same = await records.instance('same')
  expect(await changeInstance(records.db, 'changed', { planId: 'other' })).toBe(true)
  expect(await records.instance('same')).toEqual(same)
  await deleteInstance(records.db, 'changed')
  expect(await changeInstance(records.db, 'changed', { planId: 'other' })).toBe(false)
  expect(await records.instance('same')).toEqual(same)
})

test("stacks of the platform's guids have their names, and of all else names of their own", () => {
  expect(stackName(guid(1))).toBe(guid(1))
  const names = ['a', 'abc-def', `${guid(1)}-more`, guid(1).toUpperCase().replace('0', 'A')].map(stackName)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(anyInstance('a').stack).toBe(stackName('a'))
})
