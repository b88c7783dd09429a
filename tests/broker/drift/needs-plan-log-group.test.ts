import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  findRecord,
  type NamedRecord,
  removeRecord,
  saveRecord,
} from '../../../stacks/local-aws/service/named-records.ts'
import { BesideGroup, region } from './beside-group.ts'
import { type Changes, looksAsPlansDo } from './changes.ts'

let beside: BesideGroup
let original: NamedRecord
beforeAll(async () => {
  beside = await BesideGroup.open('aws_cloudwatch_log_group', 'slow_log')
  original = current()
})
afterAll(() => beside?.close())
beforeEach(() => restore())

const database = () => beside.service.service.database
const restore = () => saveRecord(database(), 'log-group', original)
const current = () => findRecord(database(), 'log-group', region, String(beside.before.name)) as NamedRecord

const set = (settings: NamedRecord['settings']) => () =>
  saveRecord(database(), 'log-group', { ...current(), settings: { ...current().settings, ...settings } })
const retag = (tags: (before: NamedRecord['tags']) => NamedRecord['tags']) => () =>
  saveRecord(database(), 'log-group', { ...current(), tags: tags(current().tags) })

const changes: Changes = {
  'logs are kept for longer': set({ retention_in_days: 30 }),
  'logs are kept for ever': set({ retention_in_days: 0 }),
  'a key': set({ kms_key_id: 'arn:aws:kms:us-gov-west-1:000000000000:key/another' }),
  'another class': set({ log_group_class: 'INFREQUENT_ACCESS' }),
  'it can not be deleted': set({ deletion_protection_enabled: true }),
  'a new tag': retag((tags) => ({ ...tags, Owner: 'somebody' })),
  'an empty tag': retag((tags) => ({ ...tags, Empty: '' })),
  'another value of a tag': retag((tags) => ({ ...tags, 'Instance name': 'another' })),
  'a tag less': retag(({ client: _client, ...tags }) => tags),
  'no tags': retag(() => ({})),
}

looksAsPlansDo(() => beside, changes, restore)

test('one that is gone gets a plan', async () => {
  removeRecord(database(), 'log-group', region, original.name)
  expect(await beside.look()).toBeDefined()
  expect(await beside.planned()).not.toEqual([])
})
