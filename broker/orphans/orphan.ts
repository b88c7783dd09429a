/** A replication group without an instance, or an instance without its group. */
export interface Orphan {
  /**
   * `unknown`: a replication group with this broker's tags that no instance has.
   * `missing`: an instance that was created, whose replication group is gone.
   */
  kind: 'unknown' | 'missing'
  /** The replication group's id. */
  group: string
  /** The service instance's id; of an unknown group, the one that it was made for. */
  instance: string
  /** The instance's name on the platform, where it is known. */
  name: string | null
  /** As AWS says it; null for a missing group. */
  status: string | null
}

/** The result of a request to delete a group, or of one that asks what that would do. */
export interface Deletion {
  /** The replication group's id. */
  group: string
  /** Null: AWS has begun to delete it, or would. */
  refusal: string | null
}

/** The body of GET /operator/orphans. */
export interface OrphansAnswer {
  orphans: Orphan[]
}

/** The body of DELETE /operator/orphans, and of GET /operator/orphans/deletions. */
export interface DeletionsAnswer {
  deletions: Deletion[]
}
