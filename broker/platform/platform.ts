import type { DescribedGroup } from '../../stacks/replication-group/attributes.ts'
import type { TokenStrategy } from '../model/token-strategy.ts'
import type { InstalledProvider } from '../terraform/installed-provider.ts'
import type { LookBeside } from './beside.ts'

export type Tags = Record<string, string>

/** A replication group as a first look shows it, whether or not anything else knows it. */
export interface ReplicationGroup {
  id: string
  arn: string
  /** As AWS says it: creating, available, modifying, snapshotting, deleting, create-failed. */
  status: string
  /** Cluster mode is enabled: clients need to speak the cluster protocol, even with one shard. */
  sharded: boolean
  nodeType: string
  /** The ids of its nodes. */
  members: string[]
  /** When its auth token was last changed: ISO 8601; null when it never was, or there is none. */
  tokenChangedAt: string | null
  /** A change of its token is under way. */
  tokenChanging: boolean
}

export interface Snapshot {
  name: string
  arn: string
  /** The replication group that it is of, whether or not that is still there. */
  groupId: string
  /** As AWS says it: creating, available, restoring, copying, deleting, failed. */
  status: string
  /** Automated ones go with their group. */
  automated: boolean
  /** Full: 6.2.6. */
  engineVersion: string
  /** Absent until it is complete. */
  megabytes?: number
  /** ISO 8601. */
  takenAt: string
  /** A part of its data is for disks. */
  dataTiering: boolean
}

/** All of the account and region, or fewer. */
export interface SnapshotFilter {
  name?: string
  groupId?: string
  automated?: boolean
}

/** All that a refresh would learn of a group. */
export interface GroupAnswers {
  status: string
  /** Undefined where AWS has not told all of it, or has told what is not known here. */
  group: DescribedGroup | undefined
  /** Undefined: AWS doesn't tell them, or it is not of those whose tags were asked for. */
  tags: Tags | undefined
}

/** All that differs between one machine and AWS. Everything else is the same code and the same stack. */
export interface Platform {
  provider: InstalledProvider
  /** Where an operator's terraform on this machine finds a provider that no registry has. */
  providerMirror?: string
  /** PEM of the authority that signed the servers' certificates, where clients don't know it already. */
  caCertificate?: string
  /** Where AWS answers, when it is on this machine: for `AWS_ENDPOINT_URL`. */
  endpoint?: string
  /** Milliseconds between two looks at a group that is waited for. */
  pollInterval: number
  // An aborted signal ends a call with an AbortError. A call that AWS does not answer ends by itself, too.
  /** One call of AWS. Undefined only when the platform has said that there is none. */
  replicationGroup(id: string, signal?: AbortSignal): Promise<ReplicationGroup | undefined>
  /** All of the account and region, also those that have nothing to do with this broker. */
  replicationGroups(signal?: AbortSignal): Promise<ReplicationGroup[]>
  /**
   * All groups of the account and region, by their ids, in pages of 100. Changes of tags may take
   * AWS a moment to be told here.
   * @param tagged the tags of groups whose tags are told
   */
  answers(tagged: Tags, signal?: AbortSignal): Promise<Map<string, GroupAnswers>>
  /** Begins to look at what is beside groups. @param signal ends all calls of the look */
  beside(signal?: AbortSignal): LookBeside
  /**
   * Undefined: AWS doesn't tell them now. It tells them only while a group is `available` (ListTagsForResource
   * fails with InvalidReplicationGroupState otherwise), so that they prove nothing of a group that is busy.
   */
  tags(resource: { arn: string }, signal?: AbortSignal): Promise<Tags | undefined>
  /** Sets tags; others stay. Refused, as AWS words it, unless the group is `available`. */
  addTags(resource: { arn: string }, tags: Tags, signal?: AbortSignal): Promise<void>
  /** The full version that a group runs, such as 6.2.6. Undefined when AWS doesn't tell it now. */
  engineVersion(group: ReplicationGroup, signal?: AbortSignal): Promise<string | undefined>
  /** Begins to change the auth token, at once. Refusals are thrown as AWS words them, without the token. */
  changeToken(id: string, token: string, strategy: TokenStrategy, signal?: AbortSignal): Promise<void>
  /** Begins to delete it, with its data. Refusals are thrown as AWS words them. */
  deleteReplicationGroup(id: string, signal?: AbortSignal): Promise<void>
  /** None for a name or a group that AWS does not know. */
  snapshots(which: SnapshotFilter, signal?: AbortSignal): Promise<Snapshot[]>
  /** Begins to take one; AWS copies the group's tags to it, too. Refusals are thrown as AWS words them. */
  createSnapshot(groupId: string, name: string, tags: Tags, signal?: AbortSignal): Promise<void>
  /** Begins to delete one; nothing when there is none. */
  deleteSnapshot(name: string, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** The part of a platform that asks AWS. */
export type Aws = Omit<
  Platform,
  'provider' | 'providerMirror' | 'caCertificate' | 'endpoint' | 'pollInterval'
>
