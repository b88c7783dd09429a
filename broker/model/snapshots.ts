import type { EngineVersion } from './engine-versions.ts'

/** A snapshot of an instance, as its users see it. */
export interface ShownSnapshot {
  /** As users call it; AWS's name for one that AWS has made by itself. */
  name: string
  /** ISO 8601. */
  takenAt: string
  /** Megabytes, as AWS tells it; absent until the snapshot is complete. */
  megabytes?: number
  automatic: boolean
  /** As AWS says it: creating, available, failed, … */
  status: string
}

/** How users name the snapshot that a new instance is to start from. */
export type RestoreRequest =
  | { snapshot: string }
  /** The newest one of an instance; of those before a time, ISO 8601. */
  | { latestOf: string; before?: string }

/** The source that an instance was asked to start from, and the snapshot that was meant when it was asked. */
export interface RestoredFrom {
  request: RestoreRequest
  /** AWS's name. */
  snapshot: string
  /** As users know it. */
  name: string
  /** ISO 8601. */
  takenAt: string
}

/** Of names that users give: AWS's letters, and as short as what stands before it in AWS's name leaves room for. */
export const snapshotName = /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$|^[a-z]$/

/** A snapshot that a new instance can start from. */
export interface Restorable {
  /** AWS's name. */
  snapshot: string
  /** As users know it. */
  name: string
  /** ISO 8601. */
  takenAt: string
  megabytes?: number
  dataTiering: boolean
  /** Undefined for one that the broker does not know. */
  version: EngineVersion | undefined
}

/** A time with its zone. */
export const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
