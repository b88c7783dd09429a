import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../database.ts'
import { Fault } from '../faults.ts'
import { isDefault, listParameterGroups, parameterGroupArn, saveParameterGroup } from '../parameter-groups.ts'
import { listGroups, saveGroup } from '../records.ts'
import { requireAvailable, type Service } from '../service.ts'
import { changeSnapshot, findSnapshots } from '../snapshots.ts'
import { checkTags } from '../tag-rules.ts'
import type { Tags } from '../types.ts'
import { arnOf } from './describe-replication-groups.ts'

interface ResourceRequest {
  /** An ARN. */
  resourceName: string
}

/** As AWS documents it, tags of a replication group are told only while it is available. */
export function listTagsForResource({ database }: Service, { resourceName }: ResourceRequest): Tags {
  return tagged(database, resourceName).tags
}

export function addTagsToResource(
  { database }: Service,
  { resourceName, tags }: ResourceRequest & { tags: Tags },
): void {
  changeTags(database, resourceName, (current) => {
    const all = { ...current, ...tags }
    checkTags(all)
    return all
  })
}

export function removeTagsFromResource(
  { database }: Service,
  { resourceName, tagKeys }: ResourceRequest & { tagKeys: string[] },
): void {
  changeTags(database, resourceName, (current) =>
    Object.fromEntries(Object.entries(current).filter(([key]) => !tagKeys.includes(key))),
  )
}

function changeTags(database: DatabaseSync, arn: string, change: (tags: Tags) => Tags): void {
  transaction(database, () => {
    const { tags, save } = tagged(database, arn)
    save(change(tags))
  })
}

/** The kinds that have tags: replication groups, parameter groups and snapshots. */
function tagged(database: DatabaseSync, arn: string): { tags: Tags; save(tags: Tags): void } {
  const group = listGroups(database).find((candidate) => arnOf(candidate) === arn)
  if (group) {
    requireAvailable(group)
    return { tags: group.tags, save: (tags) => saveGroup(database, { ...group, tags }) }
  }
  const parameters = listParameterGroups(database).find(
    (one) => !isDefault(one.name) && parameterGroupArn(one) === arn,
  )
  if (parameters) {
    return { tags: parameters.tags, save: (tags) => saveParameterGroup(database, { ...parameters, tags }) }
  }
  if (arn.includes(':parametergroup:')) {
    throw new Fault('CacheParameterGroupNotFound', `Resource ${arn} not found.`)
  }
  const snapshot = findSnapshots(database).find((one) => one.arn === arn)
  if (snapshot) {
    return { tags: snapshot.tags, save: (tags) => changeSnapshot(database, snapshot.snapshotName, { tags }) }
  }
  if (arn.includes(':snapshot:')) throw new Fault('SnapshotNotFoundFault', `Resource ${arn} not found.`)
  throw new Fault('ReplicationGroupNotFoundFault', `Resource ${arn} not found.`)
}
