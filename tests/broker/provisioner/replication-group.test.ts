import { expect, test } from 'vitest'
import type { Platform, ReplicationGroup } from '../../../broker/platform/platform.ts'
import type { Attempt } from '../../../broker/provisioner/provisioner.ts'
import {
  groupAtRest,
  groupInState,
  isInState,
  isOwn,
  removeFailed,
  withFinalSnapshot,
  withToken,
} from '../../../broker/provisioner/replication-group.ts'
import type { TerraformState } from '../../../state-backend/index.ts'

const ownership = { broker: 'mine', 'Instance GUID': '1' }

function group(status: string): ReplicationGroup {
  return {
    id: 'cf-1',
    arn: 'arn',
    status,
    sharded: false,
    nodeType: 'cache.t3.micro',
    members: ['cf-1-001'],
    tokenChangedAt: null,
    tokenChanging: false,
  }
}

/** A platform that shows one look after the other, and an attempt that writes its phases down. */
function scene(...looks: (ReplicationGroup | undefined)[]) {
  const phases: string[] = []
  const calls: string[] = []
  const { signal } = new AbortController()
  const platform = {
    pollInterval: 1,
    replicationGroup: async (id: string, heard?: AbortSignal) => {
      calls.push(`look at ${id}${heard === signal ? '' : ' without the signal'}`)
      return looks.shift()
    },
    deleteReplicationGroup: async (id: string, heard?: AbortSignal) => {
      calls.push(`delete ${id}${heard === signal ? '' : ' without the signal'}`)
    },
  } as Partial<Platform> as Platform
  const attempt = {
    signal,
    phase: async (phase: string) => void phases.push(phase),
  } as Partial<Attempt> as Attempt
  return { platform, attempt, phases, calls }
}

test('a wait is told once for each status, and its calls hear the end of the attempt', async () => {
  const busy = ['creating', 'creating', 'creating', 'modifying', 'modifying'].map((status) => group(status))
  const { platform, attempt, phases, calls } = scene(...busy, group('available'))
  expect(await groupAtRest(platform, 'cf-1', attempt)).toEqual(group('available'))
  expect(phases).toEqual([
    'waiting for the replication group, which is creating',
    'waiting for the replication group, which is modifying',
  ])
  expect(new Set(calls)).toEqual(new Set(['look at cf-1']))
})

test('a group that could not be created is at rest, and so is none at all', async () => {
  for (const rest of [group('create-failed'), undefined]) {
    const { platform, attempt } = scene(group('creating'), rest)
    expect(await groupAtRest(platform, 'cf-1', attempt)).toEqual(rest)
  }
})

test('a group that could not be created is deleted, and its end is waited for', async () => {
  const { platform, attempt, calls } = scene(group('deleting'), group('deleting'), undefined)
  await removeFailed(platform, group('create-failed'), attempt)
  expect(calls).toEqual(['delete cf-1', 'look at cf-1', 'look at cf-1', 'look at cf-1'])
})

test.each([
  { whose: 'the own one', status: 'available', tags: { ...ownership, more: 'tags' }, own: true },
  {
    whose: "another instance's",
    status: 'available',
    tags: { ...ownership, 'Instance GUID': '2' },
    own: false,
  },
  { whose: 'one without tags', status: 'available', tags: {}, own: false },
  { whose: 'one whose tags are not told', status: 'modifying', tags: undefined, own: false },
  {
    whose: 'one that was never created to its end',
    status: 'create-failed',
    tags: undefined,
    own: true,
  },
])('$whose is taken for the own: $own', async ({ status, tags, own }) => {
  const platform = { tags: async () => tags } as Partial<Platform> as Platform
  expect(await isOwn(platform, group(status), ownership, new AbortController().signal)).toBe(own)
})

/** A state with a bucket before the group. */
const stateWith = (instance: Record<string, unknown>): TerraformState => ({
  version: 4,
  serial: 7,
  lineage: 'l',
  outputs: {},
  resources: [
    { mode: 'managed', type: 'aws_s3_bucket', name: 'redis', instances: [{ attributes: { id: 'b' } }] },
    { mode: 'managed', type: 'aws_elasticache_replication_group', name: 'redis', instances: [instance] },
  ],
})

test.each([
  {
    what: 'a token',
    change: (state: TerraformState) => withToken(state, 'new'),
    attributes: { id: 'cf-1', auth_token: 'new', auth_token_update_strategy: 'ROTATE' },
  },
  {
    what: 'the name of a last snapshot',
    change: (state: TerraformState) => withFinalSnapshot(state, 'final'),
    attributes: { id: 'cf-1', auth_token: 'old', final_snapshot_identifier: 'final' },
  },
])(
  'a state gets $what one serial on, so that a backend takes it, and keeps all else',
  ({ change, attributes }) => {
    const before = stateWith({ attributes: { id: 'cf-1', auth_token: 'old' } })
    expect(change(before)).toEqual({ ...stateWith({ attributes }), serial: 8 })
    expect(before).toEqual(stateWith({ attributes: { id: 'cf-1', auth_token: 'old' } }))
    expect(() => change({ ...before, resources: [] })).toThrow('is not in the state')
  },
)

test('a state tells whether it has the group, its token, and whether Terraform would replace it', () => {
  const attributes = { auth_token: 'old' }
  expect(groupInState(stateWith({ attributes }))).toEqual({ tainted: false, token: 'old' })
  expect(groupInState(stateWith({ attributes, status: 'tainted' }))).toEqual({ tainted: true, token: 'old' })
  // AWS tells no token of a group that is imported.
  expect(groupInState(stateWith({ attributes: { auth_token: null } }))).toMatchObject({ token: undefined })
  expect(groupInState({ ...stateWith({}), resources: [] })).toBeUndefined()
  expect(groupInState(undefined)).toBeUndefined()
})

test('of a resource whose last instance is gone a state has nothing', () => {
  const state = stateWith({ attributes: {} })
  expect(isInState(state, 'aws_s3_bucket.redis')).toBe(true)
  expect(isInState(state, 'aws_s3_bucket.other')).toBe(false)
  const emptied = state.resources.map((resource) => ({ ...resource, instances: [] }))
  expect(isInState({ ...state, resources: emptied }, 'aws_s3_bucket.redis')).toBe(false)
})
