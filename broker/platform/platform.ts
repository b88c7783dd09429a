import type { Settings } from '../settings.ts'

/** A replication group as the platform knows it, whether or not anything else does. */
export interface ReplicationGroup {
  id: string
  /** As AWS says it: creating, available, modifying, snapshotting, deleting, create-failed. */
  status: string
  tags: Record<string, string>
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
  replicationGroup(id: string): Promise<ReplicationGroup | undefined>
  /** All of the account and region, also those that have nothing to do with this broker. */
  replicationGroups(): Promise<ReplicationGroup[]>
  /** Begins to delete it, with its data. Refusals are thrown as AWS words them. */
  deleteReplicationGroup(id: string): Promise<void>
  close(): void
}

export async function openPlatform(settings: Settings): Promise<Platform> {
  return settings.PLATFORM === 'local'
    ? (await import('./local.ts')).openLocalPlatform(settings.DATA_DIR)
    : (await import('./aws.ts')).openAwsPlatform(settings.DATA_DIR, settings.AWS_REGION)
}
