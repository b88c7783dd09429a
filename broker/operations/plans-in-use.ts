import { sql } from 'drizzle-orm'
import type { Catalog } from '../catalog/catalog.ts'
import type { Database } from '../database/database.ts'
import { instances } from '../instances/tables.ts'
import { requirePlaces } from './plan-places.ts'
import { operations } from './tables.ts'

/**
 * An instance whose plan is unknown could be neither changed, nor bound, nor deleted, with nobody told why.
 *
 * @throws Error when the catalog lacks the plan of an instance, or the one that an update in progress brings it to, and
 * when such a plan has become another one than AWS can make of its groups
 */
export async function requirePlansInUse(db: Database, catalog: Catalog): Promise<void> {
  const ofInstances = db.select({ id: instances.id, planId: instances.planId }).from(instances)
  const ofOperations = db
    .select({ id: operations.instanceId, planId: sql<string>`${operations.target} ->> 'planId'` })
    .from(operations)
    .where(sql`${operations.state} = 'in progress'`)
  // Each pair once.
  const pairs = await ofInstances.union(ofOperations)

  const inUse = new Map<string, number>()
  for (const { planId } of pairs) inUse.set(planId, (inUse.get(planId) ?? 0) + 1)
  const missing = [...inUse].filter(([planId]) => !catalog.plan(planId))
  if (missing.length === 0) return requirePlaces(db, catalog.plans, inUse)
  const named = missing.sort().map(([planId, count]) => `${planId} (${instancesOf(count)})`)
  throw new Error(
    `Instances are on plans that are not in the plans file: ${named.join(', ')}. Put these plans back into it.`,
  )
}

const instancesOf = (count: number) => (count === 1 ? '1 instance' : `${count} instances`)
