import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../database.ts'
import { Fault } from '../faults.ts'
import { type GroupRecord, listGroups, saveGroup } from '../records.ts'
import { requireAvailable, type Service } from '../service.ts'
import { checkTags } from '../tag-rules.ts'
import type { Tags } from '../types.ts'
import { arnOf } from './describe-replication-groups.ts'

interface ResourceRequest {
  /** An ARN. */
  resourceName: string
}

/** As AWS documents it, tags are told only of a group that is available. */
export function listTagsForResource({ database }: Service, { resourceName }: ResourceRequest): Tags {
  const group = groupOf(database, resourceName)
  requireAvailable(group)
  return group.tags
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
    const group = groupOf(database, arn)
    requireAvailable(group)
    saveGroup(database, { ...group, tags: change(group.tags) })
  })
}

function groupOf(database: DatabaseSync, arn: string): GroupRecord {
  const group = listGroups(database).find((candidate) => arnOf(candidate) === arn)
  if (!group) throw new Fault('ReplicationGroupNotFoundFault', `Resource ${arn} not found.`)
  return group
}
