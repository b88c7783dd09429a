import { loadStacks } from './load.ts'
import type { RedisStackSpec } from './redis-stack-spec.ts'

/**
 * The resources of a stack beside its group that can't be made a second time: AWS's name for each, by its address in
 * Terraform.
 */
export async function besideTheGroup(spec: RedisStackSpec): Promise<Record<string, string>> {
  const { logGroupPlaces, parameterGroupPlace } = await loadStacks()
  return { ...parameterGroupPlace(spec), ...logGroupPlaces(spec) }
}
