import { expect, test } from 'vitest'
import { isSettled } from '../../../broker/provisioner/settled.ts'
import type { StackConfiguration } from '../../../stacks/render.ts'
import type { TerraformState } from '../../../state-backend/index.ts'

/** The expression for an attribute, as cdktf writes it. */
const attribute = (address: string) => `\${${address}}`

const configuration: StackConfiguration = {
  resource: {
    aws_group: {
      redis: {
        '//': { metadata: {} },
        lifecycle: { ignore_changes: ['engine_version'] },
        engine_version: '7.0',
        nodes: 3,
        multi_az: true,
        security_groups: ['sg-1', 'sg-2'],
        tags: { Owner: 'me' },
      },
    },
    aws_log: { slow: { name: 'slow' } },
  },
  output: {
    hostname: { value: attribute('aws_group.redis.address') },
    port: { value: attribute('aws_group.redis.port') },
  },
}

const group = {
  engine_version: '7.0.7',
  nodes: 3,
  multi_az: 'true',
  security_groups: ['sg-2', 'sg-1'],
  tags: { Owner: 'me' },
  address: 'redis.example.com',
  port: 6379,
  computed: 'by AWS',
}

interface Change {
  group?: object
  instance?: object
  resource?: object
  outputs?: TerraformState['outputs']
  also?: object[]
  without?: string
}

/** A state that has all of the stack, and what a test changes in it. */
function state({ group: attributes, instance, resource, outputs, also = [], without }: Change = {}) {
  const one = { mode: 'managed', type: 'aws_group', name: 'redis' }
  const log = {
    mode: 'managed',
    type: 'aws_log',
    name: 'slow',
    instances: [{ attributes: { name: 'slow' } }],
  }
  const instances = [{ attributes: { ...group, ...attributes }, ...instance }]
  const resources = [{ ...one, instances, ...resource }, log, ...also]
  return {
    version: 4,
    serial: 1,
    lineage: 'l',
    outputs: { hostname: { value: 'redis.example.com' }, port: { value: 6379 }, ...outputs },
    resources: resources.filter(({ type }: { type?: string }) => type !== without),
  } as TerraformState
}

test('a state that has all that the stack says needs no plan, in whatever order and words it says it', () => {
  expect(isSettled(state(), configuration)).toBe(true)
})

const instances = [{ attributes: group }, { attributes: group }]
const other = { mode: 'managed', type: 'aws_other', name: 'x', instances: [{ attributes: {} }] }

test.each<[string, Change]>([
  ['has another value', { group: { nodes: 2 } }],
  ['has no value', { group: { nodes: null } }],
  ['has another truth', { group: { multi_az: false } }],
  ['has fewer of a set', { group: { security_groups: ['sg-1'] } }],
  ['has another element of a set', { group: { security_groups: ['sg-1', 'sg-3'] } }],
  ['has a text for a set', { group: { security_groups: 'sg-1,sg-2' } }],
  ['has another tag', { group: { tags: { Owner: 'you' } } }],
  ['has one tag more', { group: { tags: { Owner: 'me', more: 'tags' } } }],
  ['lacks a resource', { without: 'aws_log' }],
  ['has a resource that the stack has no longer', { also: [other] }],
  ['has another one in the place of a resource', { without: 'aws_log', also: [other] }],
  ['has a resource that is to be replaced', { instance: { status: 'tainted' } }],
  ['has a resource that another one has replaced', { instance: { deposed: 'abcd' } }],
  ['has two of a resource', { resource: { instances } }],
  ['has none of a resource', { resource: { instances: [] } }],
  ['has a resource of a module', { resource: { module: 'module.m' } }],
  ['has something that was only read', { resource: { mode: 'data' } }],
  ['has an output from before', { outputs: { port: { value: 6380 } } }],
  ['has an output that the resource does not have', { group: { address: undefined } }],
  ['has an output that the stack has no longer', { outputs: { old: { value: 1 } } }],
])('a state that %s is left to a plan', (_, change) => {
  expect(isSettled(state(change), configuration)).toBe(false)
})

test('what can not be told without a plan is left to it', () => {
  const expression = { hostname: { value: `rediss://${attribute('aws_group.redis.address')}` } }
  expect(isSettled(state(), { ...configuration, output: { ...configuration.output, ...expression } })).toBe(
    false,
  )
  const lacking = { output: { hostname: { value: attribute('aws_group.redis.address') } } }
  expect(isSettled(state(), { ...configuration, ...lacking })).toBe(false)
  expect(isSettled(undefined, configuration)).toBe(false)
})
