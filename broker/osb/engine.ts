import { newestOf } from '../catalog/engine-parameters.ts'
import type { ParameterChanges } from '../catalog/parameter-changes.ts'
import type { Plan } from '../catalog/plans.ts'
import { type EngineVersion, engineOf, nameOf } from '../model/engine-versions.ts'
import { OsbError } from './errors.ts'

/**
 * The changes with a version for the engine that was asked for without one.
 * @param from what the instance runs, or would be made with
 * @throws OsbError for a version of Valkey in place of Redis, unless the request says the engine
 */
export function withVersion(changes: ParameterChanges, from: EngineVersion, plan: Plan): ParameterChanges {
  const { engine, engineVersion } = changes
  if (engineVersion !== undefined) {
    const crosses = engineOf(engineVersion) === 'valkey' && engineOf(from) === 'redis'
    if (crosses && engine === undefined) throw new OsbError('sayEngine', nameOf(engineVersion))
    return changes
  }
  if (engine === undefined || engine === engineOf(from)) return changes
  const newest = newestOf(plan.engineVersions, engine)
  if (!newest) throw new OsbError('noVersionOf', engine)
  return { ...changes, engineVersion: newest }
}
