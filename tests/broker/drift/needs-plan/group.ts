import type { DatabaseSync } from 'node:sqlite'
import type { ObjectValue } from '../../../../stacks/local-aws/plugin/values.ts'
import { newGroup } from '../../../../stacks/local-aws/service/new-group.ts'
import type { GroupRecord } from '../../../../stacks/local-aws/service/records.ts'

/** The group that a configuration of a stack asks for. Its nodes are on record only. */
export function groupOf(given: ObjectValue, database: DatabaseSync): GroupRecord {
  const id = String(given.replication_group_id)
  const group = newGroup(database, {
    replicationGroupId: id,
    region: String(given.region),
    replicationGroupDescription: String(given.description),
    cacheNodeType: String(given.node_type),
    engineVersion: String(given.engine_version),
    automaticFailoverEnabled: true,
    multiAZEnabled: true,
    autoMinorVersionUpgrade: given.auto_minor_version_upgrade === 'true',
    port: Number(given.port),
    cacheSubnetGroupName: String(given.subnet_group_name),
    securityGroupIds: given.security_group_ids as string[],
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    authToken: 'a'.repeat(32),
    snapshotWindow: String(given.snapshot_window),
    snapshotRetentionLimit: Number(given.snapshot_retention_limit),
    preferredMaintenanceWindow: String(given.maintenance_window),
    tags: given.tags as Record<string, string>,
  })
  const nodes = [1, 2, 3].map((number) => ({
    id: `${id}-00${number}`,
    address: `127.0.0.${number}`,
    wanted: 'start' as const,
  }))
  return { ...group, status: 'ready', unsettled: false, nodes }
}
