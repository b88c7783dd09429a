import type { ElastiCache } from '../service/elasticache.ts'
import { Fault } from '../service/faults.ts'
import type { Snapshot } from '../service/snapshots.ts'
import type { Action } from './action.ts'
import { page } from './pages.ts'
import type { Query } from './query.ts'
import { tagsIn } from './requests.ts'
import type { Caller } from './signature.ts'
import { list } from './xml.ts'

/** AWS's names of the two sources in a request. */
const SOURCES: Record<string, Snapshot['source']> = { system: 'automated', user: 'manual' }

/** @param requireGroup refuses a group that the caller's region does not have */
export function snapshotActions(
  elastiCache: ElastiCache,
  requireGroup: (caller: Caller, id: string) => Promise<unknown>,
): Record<string, Action> {
  return {
    async CreateSnapshot(query, caller) {
      const replicationGroupId = query.required('ReplicationGroupId')
      const snapshotName = query.required('SnapshotName')
      await requireGroup(caller, replicationGroupId)
      await elastiCache.createSnapshot({ replicationGroupId, snapshotName, tags: tagsIn(query) })
      const [snapshot] = await elastiCache.describeSnapshots({ snapshotName })
      return { Snapshot: snapshot && { ...snapshotShape(snapshot), SnapshotStatus: 'creating' } }
    },

    async DescribeSnapshots(query) {
      const snapshots = await elastiCache.describeSnapshots({
        snapshotName: query.text('SnapshotName'),
        replicationGroupId: query.text('ReplicationGroupId'),
        source: sourceIn(query),
      })
      const { items, Marker } = page(query, snapshots, ({ snapshotName }) => snapshotName)
      return { Marker, Snapshots: list('Snapshot', items.map(snapshotShape)) }
    },

    async DeleteSnapshot(query) {
      const snapshotName = query.required('SnapshotName')
      const [snapshot] = await elastiCache.describeSnapshots({ snapshotName })
      await elastiCache.deleteSnapshot({ snapshotName })
      return { Snapshot: snapshot && { ...snapshotShape(snapshot), SnapshotStatus: 'deleting' } }
    },
  }
}

function sourceIn(query: Query): Snapshot['source'] | undefined {
  const asked = query.text('SnapshotSource')
  if (asked === undefined) return undefined
  const source = SOURCES[asked]
  if (!source)
    throw new Fault('InvalidParameterValue', `SnapshotSource must be system or user, not ${asked}.`)
  return source
}

function snapshotShape(snapshot: Snapshot): object {
  const { cacheNodeType, createdAt, engine, engineVersion, port, size } = snapshot
  return {
    SnapshotName: snapshot.snapshotName,
    ReplicationGroupId: snapshot.replicationGroupId,
    SnapshotStatus: snapshot.status,
    SnapshotSource: snapshot.source,
    CacheNodeType: cacheNodeType,
    Engine: engine,
    EngineVersion: engineVersion,
    Port: port,
    NumNodeGroups: 1,
    NodeSnapshots: list('NodeSnapshot', [
      {
        NodeGroupId: '0001',
        // As AWS says it: whole megabytes.
        CacheSize: `${Math.ceil(size / 1024 ** 2)} MB`,
        SnapshotCreateTime: createdAt,
      },
    ]),
    ARN: snapshot.arn,
    DataTiering: 'disabled',
  }
}
