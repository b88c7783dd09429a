import type { EngineVersion } from './engine-versions.ts'
import type { Tuning } from './tuning.ts'

/** What an instance was asked to be, with defaults filled in. */
export interface InstanceParameters {
  engineVersion: EngineVersion
  /** Such as sun:05:00-sun:06:00, UTC. Absent: the plan's. */
  maintenanceWindow?: string
  /**
   * What its user has chosen in place of the plan's values. It stays, though empty, once the Redis has a parameter
   * group of its own: AWS deletes none that is in use, and Terraform keeps the one that it is no longer told about.
   */
  tuning?: Tuning
}
