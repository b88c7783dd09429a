import type { DatabaseSync } from 'node:sqlite'
import { Fault } from './faults.ts'
import type { AuthTokenStatus, ModifiableSettings, ReplicationGroupStatus, Tags } from './types.ts'

export interface NodeRecord {
  /** `<group>-001` for the first; any may be the primary. */
  id: string
  /** A loopback address that is this node's alone. */
  address: string
  /** The state that it is to have; `running` says nothing of a process that has died since. */
  wanted: 'start' | 'running' | 'replace' | 'end'
  /** The address that it had before a failover: its process may still be there. */
  leaves?: string
}

/** The record of a group. The nodes follow the record: see reconcile.ts. */
export interface GroupRecord {
  id: string
  region: string
  /** Milliseconds since 1970. */
  createdAt: number
  status: Exclude<ReplicationGroupStatus, 'available'> | 'ready'
  statusReason?: string
  /** Why the group is `create-failed` as soon as it is no longer `creating`. */
  creationFailure?: string
  /** When `creating`, `modifying`, `snapshotting` or `deleting` is over, in milliseconds since 1970. */
  busyUntil: number
  /** The nodes may not be as the record says: whoever comes next brings them there. */
  unsettled: boolean
  /** The primary first. */
  nodes: NodeRecord[]
  /** SHA-256 of the valid auth tokens, newest first; `NO_TOKEN` for access without one. */
  authTokenHashes: string[]
  /** Milliseconds since 1970. */
  authTokenChangedAt?: number
  /** The change of the token by the last modification, if anything. */
  authTokenStatus?: AuthTokenStatus
  settings: ModifiableSettings
  pending: Partial<ModifiableSettings>
  /** The values of its parameter group that its nodes have been told. */
  parameters?: Record<string, string>
  /** Of the first nodes, in their order; chosen by the service when there are none. */
  zones?: string[]
  port: number
  cacheSubnetGroupName: string
  atRestEncryptionEnabled: boolean
  transitEncryptionEnabled: boolean
  networkType: string
  kmsKeyId?: string
  /** The snapshot that the primary starts from. */
  snapshotName?: string
  /** Taken before the nodes of a group that is being deleted are ended. */
  finalSnapshotName?: string
  tags: Tags
}

export function findGroup(database: DatabaseSync, id: string): GroupRecord | undefined {
  const row = database.prepare('SELECT record FROM replication_group WHERE id = ?').get(id)
  return row && JSON.parse(row.record as string)
}

export function getGroup(database: DatabaseSync, id: string): GroupRecord {
  const group = findGroup(database, id)
  if (!group) throw new Fault('ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`)
  return group
}

export function listGroups(database: DatabaseSync): GroupRecord[] {
  const rows = database.prepare('SELECT record FROM replication_group ORDER BY id').all()
  return rows.map((row) => JSON.parse(row.record as string))
}

export function takenAddresses(database: DatabaseSync): Set<string> {
  return new Set(listGroups(database).flatMap(({ nodes }) => nodes.map(({ address }) => address)))
}

export function nodeId(groupId: string, number: number): string {
  return `${groupId}-${String(number).padStart(3, '0')}`
}

export function saveGroup(database: DatabaseSync, group: GroupRecord): void {
  database
    .prepare('INSERT INTO replication_group VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record')
    .run(group.id, JSON.stringify(group))
}

export function removeGroup(database: DatabaseSync, id: string): void {
  database.prepare('DELETE FROM replication_group WHERE id = ?').run(id)
}

export function statusOf(group: GroupRecord, now = Date.now()): ReplicationGroupStatus {
  switch (group.status) {
    case 'ready':
      return 'available'
    case 'creating':
    case 'modifying':
    case 'snapshotting':
      if (group.unsettled || now < group.busyUntil) return group.status
      return group.creationFailure === undefined ? 'available' : 'create-failed'
    case 'deleting':
    case 'create-failed':
      return group.status
  }
}
