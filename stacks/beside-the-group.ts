import { loadStacks } from './load.ts'
import type { RedisStackSpec } from './redis-stack-spec.ts'

/** What a stack has beside its group and refuses to make a second time: where Terraform has it, by AWS's name for it. */
export async function besideTheGroup(spec: RedisStackSpec): Promise<Record<string, string>> {
  const { logGroupPlaces, parameterGroupPlace } = await loadStacks()
  return { ...parameterGroupPlace(spec), ...logGroupPlaces(spec) }
}
