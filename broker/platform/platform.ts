import type { Settings } from '../settings.ts'

/** A replication group as the platform knows it, whether or not anything else does. */
export interface ReplicationGroup {
  id: string
  /** As AWS says it: creating, available, modifying, snapshotting, deleting, create-failed. */
  status: string
  /**
   * Undefined: AWS doesn't tell them now. It tells them only while a group is `available` (ListTagsForResource
   * fails with InvalidReplicationGroupState otherwise), so that they prove nothing of a group that is busy.
   */
  tags: Record<string, string> | undefined
  /** Cluster mode is enabled: clients need to speak the cluster protocol, even with one shard. */
  sharded: boolean
}

/** What differs between one machine and AWS. Everything else is the same code and the same stack. */
export interface Platform {
  /** Environment variables of every terraform: where it installs the provider from. */
  environment: Record<string, string>
  /** Where an operator's terraform on this machine finds a provider that no registry has. */
  providerMirror?: string
  /** PEM of the authority that signed the servers' certificates, where clients don't know it already. */
  caCertificate?: string
  /** Milliseconds between two looks at a group that is waited for. */
  pollInterval: number
  // An aborted signal ends a call with an AbortError. A call that AWS does not answer ends by itself, too.
  /** Undefined only when the platform has said that there is none. */
  replicationGroup(id: string, signal?: AbortSignal): Promise<ReplicationGroup | undefined>
  /** All of the account and region, also those that have nothing to do with this broker. */
  replicationGroups(signal?: AbortSignal): Promise<ReplicationGroup[]>
  /** Begins to delete it, with its data. Refusals are thrown as AWS words them. */
  deleteReplicationGroup(id: string, signal?: AbortSignal): Promise<void>
  close(): void
}

export async function openPlatform(settings: Settings): Promise<Platform> {
  return settings.PLATFORM === 'local'
    ? (await import('./local.ts')).openLocalPlatform(settings.DATA_DIR)
    : (await import('./aws.ts')).openAwsPlatform(settings)
}
