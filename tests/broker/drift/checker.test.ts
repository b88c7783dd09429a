import { expect, test } from 'vitest'
import { Checker } from '../../../broker/drift/checker.ts'
import type { Finding } from '../../../broker/drift/finding.ts'
import type { Inspection } from '../../../broker/drift/inspector.ts'
import type { DriftCheck } from '../../../broker/drift/records.ts'
import type { Instance } from '../../../broker/instances/instance.ts'
import { createLog } from '../../../broker/logging/log.ts'
import type { OperationState } from '../../../broker/model/operation.ts'
import type { Operation } from '../../../broker/operations/operation.ts'
import { anyInstance } from '../../support/records.ts'

const created = { ...anyInstance('one'), outputs: new Uint8Array() }
const never = new AbortController().signal

interface World {
  instance?: Instance | undefined
  operation?: OperationState
  /** Whether it was checked since. */
  checked?: boolean
  /** The status of the group while AWS is busy with it. */
  busy?: () => Promise<string | undefined>
  found?: Inspection
  /** Whether the record has followed AWS. */
  followed?: boolean
  saved?: boolean
  inspect?: (instance: Instance) => Promise<Inspection>
}

const clean: Inspection = { state: 'clean', findings: [], cpuSeconds: 1 }

/** A check of an instance that is clean, but for what a test says. */
function scene(world: World = {}) {
  const { operation = 'succeeded', checked = false, busy, followed = false, saved = true } = world
  const told: unknown[] = []
  const order: string[] = []
  let held = 0
  let looks = 0
  const inspected: unknown[] = []
  const instance = 'instance' in world ? world.instance : created
  const options = {
    operations: {
      status: async () => {
        looks++
        const now = looks > 1 ? { ...created, planId: 'followed' } : instance
        const last = { id: 'last', state: operation, type: 'update' } as Operation
        return now && { instance: now, operation: last }
      },
    },
    records: {
      checkedSince: async () => checked,
      save: async (found: object, last: Operation, baseline?: object) => {
        told.push({ ...found, last: last.id, baseline })
        return saved ? { check: {} as DriftCheck, before: undefined } : undefined
      },
    },
    inspector: {
      busyWith: busy ?? (async () => undefined),
      inspect: async (one: Instance) => {
        order.push('plan')
        inspected.push(one)
        return world.inspect?.(one) ?? world.found ?? clean
      },
    },
    baselines: {
      of: async () => {
        order.push('baseline')
        return { stack: 'same', lineage: 'one', serial: order.length }
      },
    },
    provider: {
      hold() {
        held++
        return undefined
      },
      async release() {
        held--
        return undefined
      },
    },
    readBack: { of: async () => followed },
    checked: () => {},
    log: createLog('silent'),
  }
  const checker = new Checker(options)
  const check = (since?: string) =>
    checker.check({ instanceId: 'one', priority: 1, ...(since ? { since } : {}) }, never)
  return { check, told, order, inspected, held: () => held }
}

const since = new Date(0).toISOString()

test.each<[string, World, string]>([
  ['has been deleted', { instance: undefined }, 'it has been deleted'],
  ['is being worked on', { operation: 'in progress' }, 'an operation runs (update)'],
  ['was never created', { instance: anyInstance('one') }, 'it was never created to the end'],
  ['was checked since the sweep was due', { checked: true }, 'it has been checked meanwhile'],
  ['AWS is busy with', { busy: async () => 'modifying' }, 'AWS is busy with it (modifying)'],
])('an instance that %s is left out', async (_, world, reason) => {
  const { check, told, inspected } = scene(world)
  expect(await check(since)).toEqual({ type: 'skipped', reason })
  expect([told, inspected]).toEqual([[], []])
})

test('who asks for one check gets it, whatever was checked before', async () => {
  expect(await scene({ checked: true }).check()).toMatchObject({ type: 'checked', state: 'clean' })
})

test('when AWS can not be asked whether it is busy, the plan tells why', async () => {
  const busy = () => Promise.reject(new Error('AWS does not answer'))
  expect(await scene({ busy }).check()).toMatchObject({ type: 'checked', state: 'clean' })
})

test('what a plan depends on is read before it is made, and saved with what it finds', async () => {
  const { check, told, order } = scene()
  await check()
  expect(order).toEqual(['baseline', 'plan'])
  expect(told).toMatchObject([{ state: 'clean', planned: true, last: 'last', baseline: { serial: 1 } }])
})

const findings: Finding[] = [{ cause: 'stack', resource: 'r', change: 'changed' }]
const pending: Inspection = { state: 'pending', findings, cpuSeconds: 1 }

test('after what AWS has made by itself the instance is looked at once more, as its record is then', async () => {
  const { check, inspected } = scene({
    followed: true,
    inspect: async ({ planId }) => (planId === 'followed' ? clean : pending),
  })
  expect(await check()).toMatchObject({ state: 'clean' })
  expect(inspected).toHaveLength(2)
})

test('what is found of a record that is as AWS has it is told', async () => {
  const { check, inspected } = scene({ found: pending })
  expect(await check()).toMatchObject({ state: 'pending', findings })
  expect(inspected).toHaveLength(1)
})

test('a check that fails is one with an error, and the provider is given back', async () => {
  const { check, told, held } = scene({ inspect: () => Promise.reject(new Error('the disk is full')) })
  expect(await check()).toMatchObject({ state: 'error', message: 'the disk is full', findings: [] })
  expect(told).toMatchObject([{ state: 'error', baseline: undefined }])
  expect(held()).toBe(0)
})

test('what was found while an operation began is told to nobody', async () => {
  expect(await scene({ saved: false }).check()).toEqual({
    type: 'skipped',
    reason: 'an operation began during the check',
  })
})
