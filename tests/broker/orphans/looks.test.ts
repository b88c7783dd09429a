import { expect, test } from 'vitest'
import { newInstance } from '../../../broker/instances/instance.ts'
import { createLog } from '../../../broker/logging/log.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { Orphans } from '../../../broker/orphans/orphans.ts'
import type { ReplicationGroup } from '../../../broker/platform/platform.ts'
import { anyTarget } from '../../support/target.ts'

const naming = { prefix: 'cf-', broker: 'mine' }
const tags = (instance: string, more: Record<string, string> = {}) => ({
  broker: 'mine',
  'Instance GUID': instance,
  ...more,
})
const lost = '00000000-0000-4000-8000-000000000001'
const known = '00000000-0000-4000-8000-000000000002'

type Group = ReplicationGroup & { tags?: Record<string, string> }

const group = (id: string, of: Record<string, string> | undefined, status = 'available') =>
  ({ id, status, ...(of ? { tags: of } : {}) }) as Group

function status(
  id: string,
  { state = 'succeeded', created = true, adoptedGroup = null as string | null } = {},
) {
  const target = { ...anyTarget, context: { instance_name: 'my-redis' } }
  const instance = newInstance(
    { id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' },
    target,
    adoptedGroup,
  )
  const outputs = created ? new Uint8Array() : null
  return { instance: { ...instance, outputs }, operation: { state } as Operation }
}

/** AWS and the records, and then as they are at a second look, if they are others by then. */
function scene(first: Group[], records: ReturnType<typeof status>[], then = first, recordsThen = records) {
  let listed = false
  let asked = false
  const deleted: string[] = []
  const platform = {
    replicationGroups: async () => {
      listed = true
      return first
    },
    replicationGroup: async (id: string) => then.find((one) => one.id === id),
    tags: async ({ id }: ReplicationGroup) => [...first, ...then].find((one) => one.id === id)?.tags,
    deleteReplicationGroup: async (id: string) => void deleted.push(id),
  }
  const statuses = async () => {
    const current = asked || !listed ? recordsThen : records
    asked = true
    return current
  }
  const options = { operations: { statuses }, platform, naming, log: createLog('silent') }
  return { orphans: new Orphans(options), deleted }
}

const found = async (...of: Parameters<typeof scene>) =>
  (await scene(...of).orphans.find()).map(({ kind, group: id }) => `${kind} ${id}`)

test("a group of the broker's that no instance has is an orphan", async () => {
  const groups = [group('cf-lost', tags(lost, { 'Instance name': 'lost' }))]
  const expected = { group: 'cf-lost', instance: lost, name: 'lost', status: 'available' }
  expect(await scene(groups, []).orphans.find()).toEqual([{ kind: 'unknown', ...expected }])
})

test.each<[string, Group]>([
  ['of another broker', group('cf-x', { broker: 'another', 'Instance GUID': lost })],
  ['without tags', group('cf-x', {})],
  ['that names no instance', group('cf-x', { broker: 'mine' })],
  ['whose tags AWS does not tell', group('cf-x', undefined, 'modifying')],
  ['that is being deleted', group('cf-x', tags(lost), 'deleting')],
  ['of an instance, under a prefix of before', group(`old-${known}`, tags(known))],
  ["with an instance's id and the tags of none", group(`cf-${known}`, tags(lost))],
])('a group %s is none', async (_, one) => {
  const own = group(`cf-${known}`, tags(known))
  expect(await found([one, own], [status(known)])).toEqual([])
})

test('a group that was adopted is its instance, whatever its name', async () => {
  const groups = [group('legacy', tags(lost))]
  expect(await found(groups, [status(known, { adoptedGroup: 'legacy' })])).toEqual([])
})

test('an instance without its group is missing it', async () => {
  expect(await found([], [status(known)])).toEqual([`missing cf-${known}`])
})

test('an instance that has its group is not missing it while another one is', async () => {
  const own = [group(`cf-${known}`, tags(known))]
  expect(await found(own, [status(known), status(lost)])).toEqual([`missing cf-${lost}`])
})

test.each([
  ['is being worked on', { state: 'in progress' }],
  ['was never created to its end', { created: false }],
])('an instance that %s is not missing its group', async (_, how) => {
  expect(await found([], [status(known, how)])).toEqual([])
})

test('only what a second look shows as well is an orphan', async () => {
  const here = [group('cf-lost', tags(lost))]
  expect(await found(here, [], [])).toEqual([])
  expect(await found(here, [], [group('cf-lost', tags(lost), 'deleting')])).toEqual([])
  expect(await found([], [status(known)], [group(`cf-${known}`, tags(known))])).toEqual([])
  expect(await found([], [status(known)], [], [])).toEqual([])
  // The instance of the group was made in between, and its group has gone.
  const own = [group(`cf-${known}`, tags(known))]
  expect(await found(own, [], [], [status(known)])).toEqual([])
})

test('an orphan is deleted, and nothing else is', async () => {
  const groups = [
    group('cf-lost', tags(lost)),
    group(`cf-${known}`, tags(known)),
    group('of-another', { broker: 'another' }),
    group('busy', undefined, 'modifying'),
    group('going', tags(lost), 'deleting'),
  ]
  const { orphans, deleted } = scene(groups, [status(known)])
  const refusals: Record<string, string | null> = {}
  for (const id of [...groups.map((one) => one.id), 'absent'])
    refusals[id] = (await orphans.delete(id)).refusal
  expect(deleted).toEqual(['cf-lost'])
  expect(refusals).toEqual({
    'cf-lost': null,
    [`cf-${known}`]: `It belongs to the instance my-redis ${known}, which cf delete-service deletes.`,
    'of-another': 'It does not have the tags of this broker: it is of others.',
    busy: 'AWS does not tell its tags while it is modifying: try again later.',
    going: 'It is being deleted already.',
    absent: 'There is no such replication group.',
  })
})
