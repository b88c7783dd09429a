import type { EngineVersion } from './engine-versions.ts'

/** What an instance was asked to be, with defaults filled in. */
export interface InstanceParameters {
  engineVersion: EngineVersion
}
