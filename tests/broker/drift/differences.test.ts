import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differencesOfOutput, differencesOfResource } from '../../../broker/drift/differences.ts'

const attributesOf = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  differencesOfResource({ before, after }).map(({ attribute }) => attribute)

const word = fc.string({ minLength: 1, unit: 'grapheme' })

/** Ways to write that nothing is set, by the kind of the attribute. */
const unset: Record<string, unknown[]> = {
  notification_topic_arn: [null, '', undefined],
  snapshot_retention_limit: [null, 0, undefined],
  multi_az_enabled: [null, false, undefined],
  user_group_ids: [null, [], undefined],
  preferred_cache_cluster_azs: [null, [], undefined],
  log_delivery_configuration: [null, [], undefined],
  timeouts: [null, {}, { create: null, delete: null }, undefined],
}

/** Values that are set, by the kind of the attribute. */
const given: Record<string, fc.Arbitrary<unknown>> = {
  notification_topic_arn: word,
  snapshot_retention_limit: fc.integer({ min: 1, max: 35 }),
  multi_az_enabled: fc.constant(true),
  user_group_ids: fc.uniqueArray(word, { minLength: 1 }),
  preferred_cache_cluster_azs: fc.array(word, { minLength: 1 }),
  log_delivery_configuration: fc.array(fc.record({ destination: word, log_type: word }), { minLength: 1 }),
  // Nullable booleans are strings to the provider, and false is not unset.
  auto_minor_version_upgrade: fc.constantFrom('true', 'false'),
}

describe('what the provider writes in two ways is no difference:', () => {
  test.each(Object.keys(unset))('%s that is not set', (name) => {
    const way = fc.constantFrom(...(unset[name] ?? []))
    fc.assert(
      fc.property(way, way, (one, other) => {
        expect(attributesOf({ [name]: one }, { [name]: other })).toEqual([])
      }),
    )
  })

  test.each([
    'member_clusters',
    'security_group_ids',
    'security_group_names',
    'snapshot_arns',
    'user_group_ids',
  ])('the order of %s', (name) => {
    const set = fc.uniqueArray(word)
    const orders = set.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(orders, ([one, other]) => {
        expect(attributesOf({ [name]: one }, { [name]: other })).toEqual([])
      }),
    )
  })

  test('tags once more, in the attribute that the provider computes of them', () => {
    const tags = (Owner: string) => ({ tags: { Owner }, tags_all: { Owner } })
    expect(attributesOf(tags('a'), tags('b'))).toEqual(['tags.Owner'])
  })

  test('the order of blocks, and what is not set in one', () => {
    const node = (id: string, rest = {}) => ({
      node_group_id: id,
      replica_availability_zones: ['a', 'b'],
      ...rest,
    })
    const before = [node('0001', { slots: '', replica_count: 0 }), node('0002')]
    const after = [node('0002', { slots: null, primary_outpost_arn: '' }), node('0001')]
    expect(attributesOf({ node_group_configuration: before }, { node_group_configuration: after })).toEqual(
      [],
    )
  })
})

describe('what has really changed is seen:', () => {
  const several = Object.keys(given).filter((name) => name !== 'multi_az_enabled')

  test.each(several)('%s that was set to something else', (name) => {
    const value = given[name] ?? fc.constant(null)
    const pairs = fc.tuple(value, value).filter(([one, other]) => sorted(one) !== sorted(other))
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        expect(attributesOf({ [name]: one }, { [name]: other })).toEqual([name])
      }),
    )
  })

  test.each(Object.keys(given))('%s that was set, or is not set any more', (name) => {
    const nothing = fc.constantFrom(...(unset[name] ?? [null]))
    fc.assert(
      fc.property(nothing, given[name] ?? fc.constant(null), (none, value) => {
        expect(attributesOf({ [name]: none }, { [name]: value })).toEqual([name])
        expect(attributesOf({ [name]: value }, { [name]: none })).toEqual([name])
      }),
    )
  })

  test('the order of a list', () => {
    const name = 'preferred_cache_cluster_azs'
    expect(attributesOf({ [name]: ['a', 'b'] }, { [name]: ['b', 'a'] })).toEqual([name])
    const zones = (...all: string[]) => ({ node_group_configuration: [{ replica_availability_zones: all }] })
    expect(attributesOf(zones('a', 'b'), zones('b', 'a'))).toEqual(['node_group_configuration'])
  })

  test('a tag without a value', () => {
    expect(attributesOf({ tags: null }, { tags: { Owner: '' } })).toEqual(['tags.Owner'])
    expect(attributesOf({ tags: { Owner: '', a: 'b' } }, { tags: { a: 'b' } })).toEqual(['tags.Owner'])
  })

  test('a tag whose value is known after the apply alone', () => {
    const change = { before: { tags: { a: '1', b: '2' } }, after: { tags: { b: '2' } } }
    const found = differencesOfResource({ ...change, after_unknown: { tags: { a: true } } })
    expect(found).toEqual([{ attribute: 'tags.a', before: '1' }])
  })

  test('an output that was null and is empty', () => {
    expect(differencesOfOutput({ before: null, after: '' })).toEqual([{ before: null, after: '' }])
  })
})

/** Alike for two that are the same set. */
function sorted(value: unknown): string {
  return JSON.stringify(
    [value]
      .flat()
      .map((element) => JSON.stringify(element))
      .sort(),
  )
}

test('what only AWS will know is a difference, also where nothing was before', () => {
  const change = { before: {}, after: {}, after_unknown: { arn: true } }
  expect(differencesOfResource(change)).toEqual([{ attribute: 'arn', before: null }])
})
