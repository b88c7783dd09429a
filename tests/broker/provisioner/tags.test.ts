import { expect, test } from 'vitest'
import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import type { Plan } from '../../../broker/catalog/plans.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { namingOf, ownershipTags } from '../../../broker/provisioner/naming.ts'
import { StackSpecs } from '../../../broker/provisioner/stack-specs.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import { plans } from '../../support/broker.ts'
import { anyTarget } from '../../support/target.ts'

const settings = readSettings({})
const naming = namingOf(settings)
const catalog = loadCatalog(settings)
const options = {
  settings,
  naming,
  catalog,
  states: { location: () => ({ type: 'http', address: 'http://127.0.0.1/state' }) as const },
}
const specs = new StackSpecs(options)

function instance(id: string, instance_name = 'my-redis') {
  const target = { ...anyTarget, planId: plans['redis-dev'], context: { instance_name } }
  return newInstance({ id, serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' }, target)
}

const guid = '0d6bb2a6-6d2c-4f0b-9f5e-3f1a4c8f6a01'

test.each([
  { name: 'my-redis_1.0:a/b=c+d@e f', tag: 'my-redis_1.0:a/b=c+d@e f' },
  { name: 'Größe für Żółw', tag: 'Gro_e fur Zo_w' },
  { name: 'ﬁve\u00a0№ 2', tag: 'five No 2' },
  { name: '東京 🚀 (a&b)', tag: '__ _ _a_b_' },
  { name: 'aws:mine', tag: 'aws_mine' },
  { name: 'AWS:mine', tag: 'aws_mine' },
  { name: 'x'.repeat(300), tag: 'x'.repeat(256) },
])('the name $name is tagged as ElastiCache takes it', ({ name, tag }) => {
  expect(specs.of(instance(guid, name)).tags['Instance name']).toBe(tag)
})

test('every tag fits what ElastiCache takes, and none begins with what AWS reserves', () => {
  const { tags } = specs.of(instance('größer als\nsonst', 'a\tb'))
  for (const value of Object.values(tags)) expect(value).toMatch(/^(?!aws:)[A-Za-z0-9 _.:/=+\-@]{1,256}$/)
  for (const key of Object.keys(tags)) expect(key).toMatch(/^(?!aws:)[A-Za-z0-9 ]{1,128}$/)
})

test("a plan's tags stand beside the broker's own, and never in their place", () => {
  const { tags: own } = specs.of(instance(guid))
  const plan = catalog.plan(plans['redis-dev']) as Plan
  const tags = { ...Object.fromEntries(Object.keys(own).map((key) => [key, 'of the plan'])), Owner: 'me' }
  const tagging = new StackSpecs({ ...options, catalog: { ...catalog, plan: () => ({ ...plan, tags }) } })
  expect(tagging.of(instance(guid)).tags).toEqual({ ...own, Owner: 'me' })
})

test("the platform's guid is in the tag that proves whose a group is", () => {
  expect(ownershipTags(naming, instance(guid))).toEqual({
    broker: settings.TAG_BROKER,
    'Instance GUID': guid,
  })
})

test.each([
  ['a/ä', 'a/ö'],
  ['x'.repeat(300), `${'x'.repeat(300)}y`],
  ['aws:1', 'aws_1'],
])('ids that would get the same tag prove different owners: %j, %j', (one, other) => {
  expect(ownershipTags(naming, instance(one))).not.toEqual(ownershipTags(naming, instance(other)))
})
