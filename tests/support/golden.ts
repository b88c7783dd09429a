import { fileURLToPath } from 'node:url'
import { loadCatalog } from '../../broker/catalog/catalog.ts'
import { type Instance, newInstance } from '../../broker/instances/instance.ts'
import type { InstanceParameters } from '../../broker/model/instance-parameters.ts'
import { namingOf } from '../../broker/provisioner/naming.ts'
import { StackSpecs } from '../../broker/provisioner/stack-specs.ts'
import { readSettings } from '../../broker/settings/read.ts'
import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { anyTarget } from './target.ts'

/** The full example of the operators' page. */
export const plansExample = fileURLToPath(new URL('../../docs/plans-example.json', import.meta.url))

const ids = {
  id: 'f2bb7ac0-4bf1-4e66-a9a5-3ff0f5ac8a0f',
  serviceId: 'service',
  organizationGuid: 'organization',
  spaceGuid: 'space',
}

const tuned: InstanceParameters = {
  engineVersion: '7.0',
  maintenanceWindow: 'sun:05:00-sun:06:00',
  tuning: {
    maxmemoryPolicy: 'allkeys-lfu',
    notifyKeyspaceEvents: 'Ex',
    timeout: 300,
    slowlogLogSlowerThan: -1,
  },
}
const topic = 'arn:aws:sns:us-east-1:123456789012:alarms'
const example = { PLANS_FILE: plansExample, AWS_REGION: 'us-gov-west-1' }

/** The stacks that are kept on record, by name: each plan of the service, each of the example, and what users may choose. */
export function goldenStacks(): Record<string, RedisStackSpec> {
  return {
    ...stacksOfAll({}, '6.2', (plan) => plan),
    ...stacksOfAll(example, '7.1', (plan) => `example-${plan}`),
    tuned: stackOf({}, 'redis-3node', tuned),
    'tuned-no-longer': stackOf({}, 'redis-dev', { engineVersion: '6.2', tuning: {} }),
    'tuned-over-plan': stackOf(example, 'redis-sessions', tuned),
    'old-version': stackOf({}, 'redis-dev', { engineVersion: '5.0.6', tuning: { timeout: 20 } }),
    'alarms-of-all': stackOf({ ALARM_TOPIC: topic }, 'redis-3node', { engineVersion: '6.2' }),
  }
}

function stacksOfAll(
  environment: Record<string, string>,
  engineVersion: '6.2' | '7.1',
  nameOf: (plan: string) => string,
): Record<string, RedisStackSpec> {
  const { plans } = loadCatalog(readSettings(environment))
  return Object.fromEntries(
    plans.map(({ name }) => [nameOf(name), stackOf(environment, name, { engineVersion })]),
  )
}

function stackOf(
  environment: Record<string, string>,
  planName: string,
  parameters: InstanceParameters,
): RedisStackSpec {
  const settings = readSettings(environment)
  const catalog = loadCatalog(settings)
  const states = { location: () => ({ type: 'http' as const, address: 'http://127.0.0.1:8080/state/one' }) }
  const planId = catalog.plans.find(({ name }) => name === planName)?.id ?? planName
  const instance: Instance = newInstance(ids, { ...anyTarget, planId, parameters })
  return new StackSpecs({ settings, catalog, naming: namingOf(settings), states }).of(instance)
}
