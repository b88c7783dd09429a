import { expect, test } from 'vitest'
import { BulkLook } from '../../../broker/drift/bulk-look.ts'
import type { DriftState } from '../../../broker/drift/finding.ts'
import type { DriftCheck, Known } from '../../../broker/drift/records.ts'
import { createLog } from '../../../broker/logging/log.ts'
import type { OperationState } from '../../../broker/model/operation.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import type { GroupAnswers } from '../../../broker/platform/platform.ts'
import { anyInstance } from '../../support/records.ts'
import { answers, before, openBench, original, stateOf } from './needs-plan/bench.ts'

openBench()

const outputs = new Uint8Array()
const day = 86_400_000
const never = new AbortController().signal

interface World {
  /** Of the last check. */
  found?: DriftState
  /** Days since the last plan. */
  days?: number
  /** The fingerprint of the stack as it is rendered now. */
  stack?: string
  state?: object | undefined
  operation?: OperationState
  created?: boolean
  known?: boolean
  fullPlanDays?: number
  /** The group, as AWS tells it. */
  answer?: (all: GroupAnswers) => GroupAnswers
}

/** A look at an instance of which everything is as the last plan has left it, but for what a test says. */
async function clean(world: World = {}) {
  const { found = 'clean', days = 1, stack = 'same', operation = 'succeeded', created = true } = world
  const { known = true, fullPlanDays = 7, answer = (all) => all } = world
  const instance = { ...anyInstance('one'), adoptedGroup: original.id, outputs: created ? outputs : null }
  const other = { ...anyInstance('other'), outputs }
  const baseline = { stack: 'same', lineage: 'one', serial: 1, plannedAt: new Date(Date.now() - days * day) }
  const knownAs = (instanceId: string) => {
    const last = { instanceId, state: found } as DriftCheck
    return [instanceId, { last, baseline: { instanceId, ...baseline } }] as const
  }
  const state = { ...stateOf(before), ...('state' in world ? world.state : {}) }
  const states = 'state' in world && world.state === undefined ? [] : [[instance.stack, state] as const]
  const asked: object[] = []
  const options = {
    records: {
      known: async () => new Map(known ? [knownAs('one'), knownAs('other')] : []),
      saveLooked: async (all: Known[]) => all.map((one) => one.baseline.instanceId),
    },
    operations: {
      statuses: async () =>
        [instance, other].map((one) => ({ instance: one, operation: { state: operation } as Operation })),
    },
    platform: {
      answers: async (tags: object) => {
        asked.push(tags)
        const all = await answers()
        return all.set(original.id, answer(all.get(original.id) as GroupAnswers))
      },
      beside: () => ({
        answers: async () => ({ parameterGroups: new Map(), logGroups: new Map(), alarms: new Map() }),
      }),
    },
    states: { readMany: async () => new Map(states) },
    naming: { prefix: 'cf-', broker: 'mine' },
    fingerprints: { of: async () => stack },
    fullPlanDays,
    log: createLog('silent'),
  }
  const look = new BulkLook(options)
  return { ids: [...(await look.clean([instance], never))], asked }
}

test('an instance of which nothing has changed since a plan found it clean needs no other plan', async () => {
  expect(await clean()).toEqual({ ids: ['one'], asked: [{ broker: 'mine' }] })
})

test.each<[string, World]>([
  ['was found otherwise by its last check', { found: 'drifted' }],
  ['had a check that failed', { found: 'error' }],
  ['had its last plan too long ago', { days: 8 }],
  ['has another stack by now', { stack: 'another' }],
  ['is being worked on', { operation: 'in progress' }],
  ['was never created to its end', { created: false }],
  ['was never found clean by a plan', { known: false }],
  ['is to get a plan always', { fullPlanDays: 0 }],
])('an instance that %s gets a plan, and nothing is asked of AWS for it', async (_, world) => {
  expect(await clean(world)).toEqual({ ids: [], asked: [] })
})

test.each<[string, World]>([
  ['whose state has another serial', { state: { serial: 2 } }],
  ['whose state has another lineage', { state: { lineage: 'other' } }],
  ['whose state can not be read', { state: undefined }],
  ['that AWS is busy with', { answer: (all) => ({ ...all, status: 'modifying' }) }],
  ['that has other tags', { answer: (all) => ({ ...all, tags: {} }) }],
])('an instance %s gets a plan', async (_, world) => {
  expect((await clean(world)).ids).toEqual([])
})

test('when AWS does not answer every instance gets a plan', async () => {
  const answer = () => {
    throw new Error('AWS does not answer')
  }
  expect((await clean({ answer })).ids).toEqual([])
})
