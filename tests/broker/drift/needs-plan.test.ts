import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { needsPlan } from '../../../broker/drift/needs-plan.ts'
import type { GroupAnswers } from '../../../broker/platform/platform.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import {
  answers,
  apply,
  before,
  look,
  openBench,
  original,
  planned,
  put,
  stateOf,
  withResources,
} from './needs-plan/bench.ts'
import { changes } from './needs-plan/changes.ts'

openBench()

/**
 * The look at all instances, beside the provider's own read and plan, of the same AWS: the look asks it over HTTP, the
 * provider directly.
 */
test('a group that nobody has touched needs no plan, and a plan would find nothing', async () => {
  expect(await look()).toBeUndefined()
  expect(await planned()).toEqual([])
})

test.each(Object.keys(changes))('%s: the look sees that it has changed', async (name) => {
  apply(name)
  expect(await look()).toBeDefined()
})

test('where the look says that nothing has changed, a plan finds nothing, whatever was changed with what', async () => {
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(changes)), { minLength: 1, maxLength: 2 })
  const outcomes = { clean: 0, planned: 0 }
  await fc.assert(
    fc.asyncProperty(names, async (chosen) => {
      put(original)
      for (const name of chosen) apply(name)
      const reason = await look()
      outcomes[reason === undefined ? 'clean' : 'planned']++
      if (reason === undefined) expect(await planned()).toEqual([])
    }),
    { numRuns: 100 },
  )
  expect(outcomes.planned).toBeGreaterThan(0)
})

describe('what can not be decided gets a plan:', () => {
  const state = () => stateOf(before)
  const resourceOf = (name: string, attributes = {}) => ({
    mode: 'managed',
    type: name,
    name: 'other',
    instances: [{ attributes }],
  })

  test.each<[string, () => TerraformState | undefined]>([
    ['an attribute that is not known here', () => stateOf({ ...before, durability: 'async' })],
    [
      'another resource in the state',
      () => withResources([...state().resources, resourceOf('aws_cloudwatch_log_group')]),
    ],
    [
      'a data source in the state',
      () => withResources(state().resources.map((one) => ({ ...one, mode: 'data' }))),
    ],
    ['a tainted group', () => stateOf(before, { status: 'tainted' })],
    ['a group that another one replaces', () => stateOf(before, { deposed: 'abcd1234' })],
    ['a state without a group', () => withResources([])],
    ['a state that can not be read', () => undefined],
  ])('%s', async (_name, stateFor) => {
    expect(needsPlan(stateFor(), (await answers()).get(original.id))).toBeDefined()
  })

  test('what the provider of the time has not put into the state is not missed', async () => {
    const { region: _region, node_group_configuration: _zones, ...older } = before
    const truths = { at_rest_encryption_enabled: true, node_group_configuration: [] }
    expect(needsPlan(stateOf({ ...older, ...truths }), (await answers()).get(original.id))).toBeUndefined()
  })

  test('a group that AWS does not tell of, and one of which it has not told all', async () => {
    const all = (await answers()).get(original.id) as GroupAnswers
    expect(needsPlan(state(), undefined)).toBeDefined()
    expect(needsPlan(state(), { ...all, group: undefined })).toBeDefined()
    expect(needsPlan(state(), { ...all, tags: undefined })).toBeDefined()
  })
})
