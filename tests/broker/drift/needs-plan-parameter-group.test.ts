import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  getParameterGroup,
  type ParameterGroup,
  removeParameterGroup,
  saveParameterGroup,
} from '../../../stacks/local-aws/service/parameter-groups.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { BesideGroup } from './beside-group.ts'

let beside: BesideGroup
let original: ParameterGroup
beforeAll(async () => {
  beside = await BesideGroup.open('aws_elasticache_parameter_group', 'parameters')
  original = getParameterGroup(database(), String(beside.before.name))
})
afterAll(() => beside?.close())
beforeEach(() => saveParameterGroup(database(), original))

const database = () => beside.service.service.database
const name = () => original.name
const arn = () => String(beside.before.arn)

/** Everything that AWS lets one change of it. */
const changes: Record<string, () => unknown> = {
  'another value': () => set({ timeout: '60' }),
  'another value of another parameter': () => set({ 'maxmemory-policy': 'noeviction' }),
  'a parameter more': () => set({ 'slowlog-max-len': '256' }),
  'a parameter more, with the value that AWS has by itself': () => set({ 'tcp-keepalive': '300' }),
  'an empty value more': () => set({ 'notify-keyspace-events': '' }),
  'a value that is the usual one': () => set({ timeout: '0' }),
  'a parameter less': () => beside.service.resetParameterGroup({ name: name(), names: ['timeout'] }),
  'no parameters': () => beside.service.resetParameterGroup({ name: name() }),
  'a new tag': () => tag({ Owner: 'somebody' }),
  'an empty tag': () => tag({ Empty: '' }),
  'another value of a tag': () => tag({ 'Instance name': 'another' }),
  'a tag less': () => untag('Instance name'),
  'no tags': () => untag(...Object.keys(original.tags)),
  'another description': () => saveParameterGroup(database(), { ...current(), description: 'of another' }),
  'another family': () => saveParameterGroup(database(), { ...current(), family: 'redis7' }),
  'it is gone': () => removeParameterGroup(database(), name()),
}

const current = () => getParameterGroup(database(), name())
const set = (values: Record<string, string>) => beside.service.modifyParameterGroup({ name: name(), values })
const tag = (tags: Record<string, string>) => beside.service.addTagsToResource({ resourceName: arn(), tags })
const untag = (...tagKeys: string[]) =>
  beside.service.removeTagsFromResource({ resourceName: arn(), tagKeys })

test('a parameter group that nobody has touched needs no plan, and a plan would find nothing', async () => {
  expect(await beside.look()).toBeUndefined()
  expect(await beside.planned()).toEqual([])
})

test.each(Object.keys(changes))('%s: the look sees it, and so does a plan', async (change) => {
  await changes[change]?.()
  expect(await beside.look()).toBeDefined()
  expect(await beside.planned()).not.toEqual([])
})

test.each<[string, () => TerraformState]>([
  ['a tainted one', () => beside.state(beside.before, { status: 'tainted' })],
  ['one that another one has replaced', () => beside.state(beside.before, { deposed: 'abcd1234' })],
  ['an attribute that is not known here', () => beside.state({ ...beside.before, engine: 'redis' })],
  ['one of which AWS does not tell', () => beside.state({ ...beside.before, id: 'another' })],
])('%s gets a plan', async (_name, state) => {
  expect(await beside.look(state())).toBeDefined()
})

test('where the look says that nothing has changed, a plan finds nothing, whatever was changed with what', async () => {
  const last = 'it is gone'
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(changes).filter((one) => one !== last)), {
    minLength: 1,
    maxLength: 2,
  })
  await fc.assert(
    fc.asyncProperty(names, async (chosen) => {
      saveParameterGroup(database(), original)
      for (const change of chosen) await changes[change]?.()
      if ((await beside.look()) === undefined) expect(await beside.planned()).toEqual([])
    }),
    { numRuns: 100 },
  )
})
