import type { InstanceParameters } from '../model/instance-parameters.ts'
import { type Tuning, type TuningName, tuningNames } from '../model/tuning.ts'
import type { EngineChoice } from './engine-parameters.ts'

/** The parameters of an instance in a request: one that it leaves out stays as it is, and null means the plan's own value. */
export interface ParameterChanges extends EngineChoice {
  maintenanceWindow?: string | null
  tuning?: { [Name in TuningName]?: Tuning[Name] | null }
}

/** @param given as users give it, checked */
export function changesIn(
  given: { [Name in TuningName | 'maintenanceWindow' | 'engineVersion']?: unknown },
  engine: EngineChoice,
): ParameterChanges {
  const tuning = tuningNames.flatMap((name) =>
    given[name] === undefined ? [] : [[name, given[name]] as const],
  )
  return {
    ...engine,
    ...(given.maintenanceWindow === undefined
      ? {}
      : { maintenanceWindow: given.maintenanceWindow as string | null }),
    ...(tuning.length === 0 ? {} : { tuning: Object.fromEntries(tuning) }),
  }
}

/**
 * The parameters after a request.
 * @param ownGroup whether the Redis has had a parameter group of its own so far, which it keeps then
 */
export function changed(
  { engineVersion, maintenanceWindow, tuning, restoredFrom }: InstanceParameters,
  changes: ParameterChanges,
  ownGroup = false,
): InstanceParameters {
  const window = changes.maintenanceWindow === undefined ? maintenanceWindow : changes.maintenanceWindow
  const values = Object.entries({ ...tuning, ...changes.tuning }).filter(([, value]) => value !== null)
  const isTuned = tuning !== undefined || values.length > 0 || ownGroup
  return {
    engineVersion: changes.engineVersion ?? engineVersion,
    ...(window ? { maintenanceWindow: window } : {}),
    ...(isTuned ? { tuning: Object.fromEntries(values) } : {}),
    ...(restoredFrom ? { restoredFrom } : {}),
  }
}
