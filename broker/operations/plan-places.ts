import { sql } from 'drizzle-orm'
import { placeFields } from '../catalog/place.ts'
import type { Plan } from '../catalog/plans.ts'
import type { Database } from '../database/database.ts'
import { type PlanPlace, planPlaces } from './tables.ts'

/**
 * Keeps what AWS can't change of the groups of a plan, and lets nobody change it in the plans file once there are any:
 * every update of their instances would fail, because Terraform would have to delete the data.
 *
 * @param inUse how many instances are on a plan, by its id
 * @throws Error that names the plans and the fields
 */
export async function requirePlaces(db: Database, plans: Plan[], inUse: Map<string, number>): Promise<void> {
  const kept = new Map((await db.select().from(planPlaces)).map(({ planId, place }) => [planId, place]))
  const wrong = plans.flatMap((plan) => {
    const before = inUse.has(plan.id) ? kept.get(plan.id) : undefined
    const changes = before ? changesOf(before, placeOf(plan)) : []
    return changes.length > 0 ? [`${plan.name}: ${changes.join(', ')}`] : []
  })
  if (wrong.length > 0) {
    throw new Error(
      `AWS can't change this of the Redis that is there: ${wrong.join('; ')}. Take it back, and make another plan for new instances.`,
    )
  }
  await db
    .insert(planPlaces)
    .values(plans.map((plan) => ({ planId: plan.id, place: placeOf(plan) })))
    .onConflictDoUpdate({ target: planPlaces.planId, set: { place: sql`excluded.place` } })
}

function placeOf(plan: Plan): PlanPlace {
  const { subnetGroup, networkType, dataTiering, parameters } = plan
  return { subnetGroup, networkType, dataTiering, ownParameters: parameters !== undefined }
}

function changesOf(before: PlanPlace, after: PlanPlace): string[] {
  const changes = placeFields
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} was ${before[name]}, is ${after[name]}`)
  // Terraform could not delete the parameter groups: it leaves those of the Redis as they are that are no longer named.
  const emptied = before.ownParameters && !after.ownParameters
  return emptied ? [...changes, 'parameters are gone (leave an empty object {} there)'] : changes
}
