import {
  GetResourcesCommand,
  type ResourceGroupsTaggingAPIClient,
  type Tag,
} from '@aws-sdk/client-resource-groups-tagging-api'
import { inParts } from './parts.ts'
import type { Tags } from './platform.ts'

/** The most that AWS takes at once. */
const most = 100

/** The tags of resources of any kind, by their ARNs: what AWS doesn't tell is left out. */
export async function tagsOf(
  client: ResourceGroupsTaggingAPIClient,
  arns: string[],
  abortSignal: AbortSignal,
): Promise<Map<string, Tags>> {
  const all = new Map<string, Tags>()
  for (const part of inParts(arns, most)) {
    const command = new GetResourcesCommand({ ResourceARNList: part })
    const { ResourceTagMappingList = [] } = await client.send(command, { abortSignal })
    for (const { ResourceARN = '', Tags = [] } of ResourceTagMappingList) all.set(ResourceARN, ownTags(Tags))
  }
  return all
}

/** AWS's own are none of Terraform's business. */
export function ownTags(tags: Tag[]): Tags {
  const own = tags.filter(({ Key }) => !Key?.startsWith('aws:'))
  return Object.fromEntries(own.map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}
