import { expect, test } from 'vitest'
import { aws, elastiCache, request } from './site.ts'

export function tags(): void {
  const manyTags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`tag ${i}`, 'x']))

  test.each<[string, Record<string, string>, string]>([
    ['a semicolon in a key', { 'a;b': 'x' }, 'InvalidParameterValue'],
    ['a bracket in a value', { a: 'x (old)' }, 'InvalidParameterValue'],
    ['a line break in a value', { a: 'x\ny' }, 'InvalidParameterValue'],
    ['half a surrogate pair in a value', { a: '\ud842' }, 'InvalidParameterValue'],
    ['an empty key', { '': 'x' }, 'InvalidParameterValue'],
    ['a key of 129 characters', { ['k'.repeat(129)]: 'x' }, 'InvalidParameterValue'],
    ['a value of 257 characters', { a: 'x'.repeat(257) }, 'InvalidParameterValue'],
    ["a key that is AWS's own", { 'AWS:name': 'x' }, 'InvalidParameterValue'],
    ['51 tags', manyTags(51), 'TagQuotaPerResourceExceeded'],
  ])('%s is refused, at the creation and later', async (_, tags, name) => {
    await expect(elastiCache.createReplicationGroup(request({ tags }))).rejects.toMatchObject({ name })
    await expect(aws.addTags('existing', tags)).rejects.toMatchObject({ name })
    expect(await aws.listReplicationGroups()).toMatchObject([{ tags: {} }])
  })

  test('as many tags, as long and of such characters as AWS takes', async () => {
    const tags = { ...manyTags(48), ['k'.repeat(128)]: '𠮷'.repeat(256), 'größe_.:/=+-@ 1': '' }
    await aws.addTags('existing', tags)
    expect(await aws.listReplicationGroups()).toMatchObject([{ tags }])
    await expect(aws.addTags('existing', { one: 'more' })).rejects.toMatchObject({
      name: 'TagQuotaPerResourceExceeded',
    })
    await aws.removeTags('existing', Object.keys(tags))
  })

  test('tags are added, overwritten and removed one by one', async () => {
    await aws.addTags('existing', { a: '1', b: '2' })
    await aws.addTags('existing', { b: '3' })
    await aws.removeTags('existing', ['a'])
    expect(await aws.listReplicationGroups()).toMatchObject([{ tags: { b: '3' } }])
    await aws.removeTags('existing', ['b'])
  })
}
