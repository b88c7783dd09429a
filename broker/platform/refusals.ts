/** The error of AWS for a group that it does not know. */
const notFound = 'ReplicationGroupNotFoundFault'
/** About the tags of a group that is not available: the name as AWS sends it, and as the SDK has it. */
const tagsUntold = [
  'InvalidReplicationGroupState',
  'InvalidReplicationGroupStateFault',
  'InvalidARN',
  'InvalidARNFault',
  notFound,
  'SnapshotNotFoundFault',
]

/** Undefined when AWS says that there is no such group. Only a call that describes it says so for certain. */
export function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless([notFound], answer)
}

/**
 * Undefined when AWS doesn't tell the tags of a group that it has just described: the group is busy, or so new or so
 * nearly gone that the tagging part does not know it.
 */
export function unlessUntold<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless(tagsUntold, answer)
}

/** Undefined when a node of a group has gone in the meantime, or is only about to come. */
export function unlessNoCluster<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless(['CacheClusterNotFound', 'CacheClusterNotFoundFault'], answer)
}

/** Undefined when a parameter group has gone since it was listed. */
export function unlessNoParameterGroup<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless(['CacheParameterGroupNotFound', 'CacheParameterGroupNotFoundFault'], answer)
}

/** Undefined when AWS knows no such snapshot (any more). */
export function unlessNoSnapshot<T>(answer: Promise<T>): Promise<T | undefined> {
  return unless(['SnapshotNotFoundFault'], answer)
}

async function unless<T>(names: string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (names.includes((error as Error).name)) return undefined
    throw error
  }
}
