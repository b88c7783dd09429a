import { loadCatalog } from '../../../broker/catalog/catalog.ts'
import { newInstance } from '../../../broker/instances/instance.ts'
import { stackSpecOf } from '../../../broker/provisioner/stack-spec.ts'
import { readSettings } from '../../../broker/settings/read.ts'
import type { RedisStackSpec } from '../../../stacks/redis-stack.ts'
import { anyTarget } from '../../support/target.ts'

const ids = {
  id: 'f2bb7ac0-4bf1-4e66-a9a5-3ff0f5ac8a0f',
  serviceId: 'service',
  organizationGuid: 'organization',
  spaceGuid: 'space',
}

/** The stacks that are kept on record, by name. */
export function goldenStacks(): Record<string, RedisStackSpec> {
  const settings = readSettings({})
  const catalog = loadCatalog(settings)
  const states = { location: () => ({ type: 'http' as const, address: 'http://127.0.0.1:8080/state/one' }) }
  return Object.fromEntries(
    catalog.plans.map((plan) => {
      const target = { ...anyTarget, planId: plan.id }
      const instance = newInstance(ids, target)
      return [plan.name, stackSpecOf({ settings, catalog, states }, instance)]
    }),
  )
}
