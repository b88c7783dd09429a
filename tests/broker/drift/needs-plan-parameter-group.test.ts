import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  getParameterGroup,
  type ParameterGroup,
  removeParameterGroup,
  saveParameterGroup,
} from '../../../stacks/local-aws/service/parameter-groups.ts'
import { BesideGroup } from './beside-group.ts'
import { type Changes, looksAsPlansDo } from './changes.ts'

let beside: BesideGroup
let original: ParameterGroup
beforeAll(async () => {
  beside = await BesideGroup.open('aws_elasticache_parameter_group', 'parameters')
  original = getParameterGroup(database(), String(beside.before.name))
})
afterAll(() => beside?.close())
beforeEach(() => restore())

const restore = () => saveParameterGroup(database(), original)
const database = () => beside.service.service.database
const name = () => original.name
const arn = () => String(beside.before.arn)

/** Everything that AWS lets one change of it. */
const changes: Changes = {
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
  'another group of its name': () => saveParameterGroup(database(), { ...current(), values: {}, tags: {} }),
}

const current = () => getParameterGroup(database(), name())
const set = (values: Record<string, string>) => beside.service.modifyParameterGroup({ name: name(), values })
const tag = (tags: Record<string, string>) => beside.service.addTagsToResource({ resourceName: arn(), tags })
const untag = (...tagKeys: string[]) =>
  beside.service.removeTagsFromResource({ resourceName: arn(), tagKeys })

looksAsPlansDo(() => beside, changes, restore)

test('one that is gone gets a plan', async () => {
  removeParameterGroup(database(), name())
  expect(await beside.look()).toBeDefined()
  expect(await beside.planned()).not.toEqual([])
})
