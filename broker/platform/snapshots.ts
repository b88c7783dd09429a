import {
  type Snapshot as AwsSnapshot,
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  type ElastiCacheClient,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-elasticache'
import type { Aws, Snapshot } from './platform.ts'
import { unlessNoSnapshot } from './refusals.ts'

/** The calls of ElastiCache that are about snapshots. */
export function snapshotCalls(
  client: ElastiCacheClient,
): Pick<Aws, 'snapshots' | 'createSnapshot' | 'deleteSnapshot'> {
  const options = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

  return {
    async snapshots({ name, groupId, automated }, signal) {
      const which = {
        ...(name === undefined ? {} : { SnapshotName: name }),
        ...(groupId === undefined ? {} : { ReplicationGroupId: groupId }),
        ...(automated === undefined ? {} : { SnapshotSource: automated ? 'system' : 'user' }),
      }
      const all: Snapshot[] = []
      const read = async () => {
        for await (const page of paginateDescribeSnapshots({ client }, which, options(signal))) {
          all.push(...(page.Snapshots ?? []).map(snapshotOf))
        }
      }
      await unlessNoSnapshot(read())
      return all
    },
    async createSnapshot(groupId, name, tags, signal) {
      const command = new CreateSnapshotCommand({
        ReplicationGroupId: groupId,
        SnapshotName: name,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })
      await client.send(command, options(signal))
    },
    async deleteSnapshot(name, signal) {
      await unlessNoSnapshot(client.send(new DeleteSnapshotCommand({ SnapshotName: name }), options(signal)))
    },
  }
}

function snapshotOf(snapshot: AwsSnapshot): Snapshot {
  const nodes = snapshot.NodeSnapshots ?? []
  const sizes = nodes.flatMap(({ CacheSize }) => megabytes(CacheSize) ?? [])
  const [first] = nodes
  return {
    name: snapshot.SnapshotName ?? '',
    arn: snapshot.ARN ?? '',
    groupId: snapshot.ReplicationGroupId ?? '',
    status: snapshot.SnapshotStatus ?? '',
    automated: snapshot.SnapshotSource === 'automated',
    engineVersion: snapshot.EngineVersion ?? '',
    ...(sizes.length > 0 ? { megabytes: sizes.reduce((sum, size) => sum + size, 0) } : {}),
    takenAt: (first?.SnapshotCreateTime ?? new Date()).toISOString(),
    dataTiering: snapshot.DataTiering === 'enabled',
  }
}

/** AWS writes sizes as texts: 12 MB. */
function megabytes(size: string | undefined): number | undefined {
  const [, number, unit = 'MB'] = /^([\d.]+)\s*([KMGT]B)?$/.exec(size ?? '') ?? []
  const factor = { KB: 1 / 1024, MB: 1, GB: 1024, TB: 1024 ** 2 }[unit]
  return number === undefined || factor === undefined ? undefined : Number(number) * factor
}
