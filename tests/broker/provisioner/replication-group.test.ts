import { expect, test } from 'vitest'
import type { Platform, ReplicationGroup } from '../../../broker/platform/platform.ts'
import type { Attempt } from '../../../broker/provisioner/provisioner.ts'
import { groupAtRest, isOwn, removeFailed } from '../../../broker/provisioner/replication-group.ts'

const ownership = { broker: 'mine', 'Instance GUID': '1' }

function group(status: string, tags?: Record<string, string>): ReplicationGroup {
  return { id: 'cf-1', status, tags, sharded: false }
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
  const { platform, attempt, phases, calls } = scene(...busy, group('available', ownership))
  expect(await groupAtRest(platform, 'cf-1', attempt)).toEqual(group('available', ownership))
  expect(phases).toEqual([
    'waiting for the replication group, which is creating',
    'waiting for the replication group, which is modifying',
  ])
  expect(new Set(calls)).toEqual(new Set(['look at cf-1']))
})

test('a group that could not be created is deleted, and its end is waited for', async () => {
  const { platform, attempt, calls } = scene(group('deleting'), group('deleting'), undefined)
  await removeFailed(platform, group('create-failed'), attempt)
  expect(calls).toEqual(['delete cf-1', 'look at cf-1', 'look at cf-1', 'look at cf-1'])
})

test.each([
  { whose: 'the own one', group: group('available', { ...ownership, more: 'tags' }), own: true },
  {
    whose: "another instance's",
    group: group('available', { ...ownership, 'Instance GUID': '2' }),
    own: false,
  },
  { whose: 'one without tags', group: group('available', {}), own: false },
  { whose: 'one whose tags are not told', group: group('modifying'), own: false },
  { whose: 'one that was never created to its end', group: group('create-failed'), own: true },
])('$whose is taken for the own: $own', ({ group: one, own }) => {
  expect(isOwn(one, ownership)).toBe(own)
})
