import { Hono } from 'hono'
import type { Catalog } from '../catalog/catalog.ts'
import { blocksOf, dollarsPerBlock } from '../catalog/price.ts'
import type { Instances } from '../instances/instances.ts'
import { answer } from './answer.ts'

/** The nodes that an organization has at the moment, and their price. */
export interface Usage {
  organizationGuid: string
  /** Where the platform has told it. */
  organization: string | null
  instances: number
  nodes: number
  /** Of nodes that are not included. */
  blocks: number
  dollarsPerMonth: number
}

export interface UsageAnswer {
  organizations: Usage[]
}

/**
 * The usage of all organizations, the largest first; an instance that never came to be costs nothing. To be mounted at
 * `/operator/usage`.
 */
export function usageApp(instances: Instances, catalog: Catalog) {
  return new Hono().get('/', async (c) => {
    const usages = new Map<string, Usage>()
    for (const { counts, newest } of await instances.countsByPlan()) {
      const { organizationGuid } = counts
      const sofar = usages.get(organizationGuid)
      const plan = catalog.plan(counts.planId)
      const nodes = (sofar?.nodes ?? 0) + counts.instances * (plan && !plan.free ? plan.nodes : 0)
      const blocks = blocksOf(nodes)
      usages.set(organizationGuid, {
        organizationGuid,
        organization: newest?.organization ?? null,
        instances: (sofar?.instances ?? 0) + counts.instances,
        nodes,
        blocks,
        dollarsPerMonth: blocks * dollarsPerBlock,
      })
    }
    const organizations = [...usages.values()].sort((one, other) => other.nodes - one.nodes)
    return answer(c, { organizations } satisfies UsageAnswer)
  })
}
