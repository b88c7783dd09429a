import { createReplicationGroup } from './calls/create-replication-group.ts'
import { deleteReplicationGroup } from './calls/delete-replication-group.ts'
import { describeReplicationGroups } from './calls/describe-replication-groups.ts'
import { modifyReplicationGroup } from './calls/modify-replication-group.ts'
import {
  createParameterGroup,
  deleteParameterGroup,
  describeParameterGroups,
  modifyParameterGroup,
  resetParameterGroup,
} from './calls/parameter-groups.ts'
import { decreaseReplicaCount, increaseReplicaCount } from './calls/replica-count.ts'
import { createSnapshot, deleteSnapshot, describeSnapshots } from './calls/snapshots.ts'
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './calls/tags.ts'
import { openDatabase } from './database.ts'
import type { Service } from './service.ts'

/**
 * The ElastiCache API over a data directory. Any number of processes may use the same directory at once, and
 * any of them may die at any moment. Calls refuse with a `Fault`; they answer when the processes behind a
 * group are as wanted, though its status may still say `creating` or `modifying` for as long as the
 * behaviour says.
 */
export function openElastiCache(directory: string) {
  const service: Service = { directory, database: openDatabase(directory) }
  const bound =
    <Request, Answer>(call: (service: Service, request: Request) => Answer) =>
    (request: Request) =>
      call(service, request)
  return {
    service,
    createReplicationGroup: bound(createReplicationGroup),
    describeReplicationGroups: bound(describeReplicationGroups),
    modifyReplicationGroup: bound(modifyReplicationGroup),
    increaseReplicaCount: bound(increaseReplicaCount),
    decreaseReplicaCount: bound(decreaseReplicaCount),
    deleteReplicationGroup: bound(deleteReplicationGroup),
    createParameterGroup: bound(createParameterGroup),
    describeParameterGroups: bound(describeParameterGroups),
    modifyParameterGroup: bound(modifyParameterGroup),
    resetParameterGroup: bound(resetParameterGroup),
    deleteParameterGroup: bound(deleteParameterGroup),
    createSnapshot: bound(createSnapshot),
    describeSnapshots: bound(describeSnapshots),
    deleteSnapshot: bound(deleteSnapshot),
    listTagsForResource: bound(listTagsForResource),
    addTagsToResource: bound(addTagsToResource),
    removeTagsFromResource: bound(removeTagsFromResource),
  }
}

export type ElastiCache = ReturnType<typeof openElastiCache>
