import type { Plan } from './plans.ts'

/** The settings that AWS can't change of an existing group: Terraform would delete it with its data and make another. */
export const placeFields = ['subnetGroup', 'networkType', 'dataTiering'] as const

/** The fields in which a group of the one plan could not become one of the other. */
export function placesThatDiffer(
  one: Pick<Plan, (typeof placeFields)[number]>,
  other: Pick<Plan, (typeof placeFields)[number]>,
): (typeof placeFields)[number][] {
  return placeFields.filter((name) => one[name] !== other[name])
}
