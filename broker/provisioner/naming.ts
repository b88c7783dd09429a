import type { Instance } from '../instances/instance.ts'
import { isTagValue, tagValue } from '../model/tag-value.ts'
import type { Settings } from '../settings/settings.ts'

/** How this broker names what it makes on AWS, and marks it as its own. */
export interface Naming {
  /** Stands before the name of the stack, in the ids of groups and in the names of snapshots. */
  prefix: string
  /** The value of the tag `broker`, which no other broker of the account has. */
  broker: string
}

export function namingOf(settings: Pick<Settings, 'REPLICATION_GROUP_PREFIX' | 'TAG_BROKER'>): Naming {
  return { prefix: settings.REPLICATION_GROUP_PREFIX, broker: settings.TAG_BROKER }
}

export function replicationGroupId({ prefix }: Naming, instance: Instance): string {
  return instance.adoptedGroup ?? prefix + instance.stack
}

/** The tag that names the service instance. */
export const instanceTag = 'Instance GUID'

/** The tags of everything that this broker makes, and no other broker of the account. */
export function brokerTags({ broker }: Naming): Record<string, string> {
  return { broker }
}

/**
 * The tags that prove whose a replication group is. Of an id that is no value of a tag it is the stack's name, which
 * no other instance has.
 */
export function ownershipTags(naming: Naming, { id, stack }: Instance): Record<string, string> {
  return { ...brokerTags(naming), [instanceTag]: isTagValue(id) ? id : stack }
}

/** The tags that prove in which organization and space something is. */
export function spaceTags({
  organizationGuid,
  spaceGuid,
}: Pick<Instance, 'organizationGuid' | 'spaceGuid'>): Record<string, string> {
  return { 'Organization GUID': tagValue(organizationGuid), 'Space GUID': tagValue(spaceGuid) }
}

/** The tags that prove whose something is, and where. */
export function placeTags(naming: Naming, instance: Instance): Record<string, string> {
  return { ...ownershipTags(naming, instance), ...spaceTags(instance) }
}
