import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  findRecord,
  type NamedRecord,
  removeRecord,
  saveRecord,
} from '../../../stacks/local-aws/service/named-records.ts'
import { BesideGroup, region } from './beside-group.ts'

type Kind = Parameters<typeof findRecord>[1]

/**
 * A resource of CloudWatch beside the group, as each test of a file finds it, and the ways to change it there.
 * @param nameAttribute of the resource, which says its name
 */
export function besideRecord(kind: Kind, type: string, block: string, nameAttribute: string) {
  let beside: BesideGroup
  let original: NamedRecord
  beforeAll(async () => {
    beside = await BesideGroup.open(type, block)
    original = current()
  })
  afterAll(() => beside?.close())
  beforeEach(() => restore())

  const database = () => beside.service.service.database
  const restore = () => saveRecord(database(), kind, original)
  const current = () =>
    findRecord(database(), kind, region, String(beside.before[nameAttribute])) as NamedRecord

  test('one that is gone gets a plan', async () => {
    removeRecord(database(), kind, region, original.name)
    expect(await beside.look()).toBeDefined()
    expect(await beside.planned()).not.toEqual([])
  })

  return {
    beside: () => beside,
    original: () => original,
    restore,
    set: (settings: NamedRecord['settings']) => () =>
      saveRecord(database(), kind, { ...current(), settings: { ...current().settings, ...settings } }),
    retag: (tags: (before: NamedRecord['tags']) => NamedRecord['tags']) => () =>
      saveRecord(database(), kind, { ...current(), tags: tags(current().tags) }),
  }
}

type Retag = ReturnType<typeof besideRecord>['retag']

/** Changes that somebody may make to the tags of a resource of the broker. */
export const tagChanges = (retag: Retag) => ({
  'a new tag': retag((tags) => ({ ...tags, Owner: 'somebody' })),
  'an empty tag': retag((tags) => ({ ...tags, Empty: '' })),
  'another value of a tag': retag((tags) => ({ ...tags, 'Instance name': 'another' })),
  'a tag less': retag(({ client: _client, ...tags }) => tags),
  'no tags': retag(() => ({})),
})
