import type { EngineVersion } from './engine-versions.ts'
import type { RestoredFrom } from './snapshots.ts'
import type { Tuning } from './tuning.ts'

/** The parameters that an instance was asked for with, and the defaults of those that were left out. */
export interface InstanceParameters {
  engineVersion: EngineVersion
  /** Such as sun:05:00-sun:06:00, UTC. Absent: the plan's. */
  maintenanceWindow?: string
  /**
   * The values that its user has chosen in place of the plan's. It stays, though empty, once the Redis has a parameter
   * group of its own: AWS deletes none that is in use, and Terraform keeps the one that it is no longer told about.
   */
  tuning?: Tuning
  /** The snapshot that it began with. */
  restoredFrom?: RestoredFrom
}
