import { arnOf } from '../service/calls/describe-replication-groups.ts'
import type { ElastiCache } from '../service/elasticache.ts'
import { Fault } from '../service/faults.ts'
import { isDefault, listParameterGroups, parameterGroupArn } from '../service/parameter-groups.ts'
import { listGroups } from '../service/records.ts'
import type { Tags } from '../service/types.ts'
import type { Caller } from './signature.ts'

interface GetResources {
  TagFilters?: { Key: string; Values?: string[] }[]
  ResourceTypeFilters?: string[]
  ResourceARNList?: string[]
  ResourcesPerPage?: number
  PaginationToken?: string
}

interface Tagged {
  arn: string
  tags: Tags
}

const MOST = 100

/**
 * GetResources of the Resource Groups Tagging API: resources by their tags, whatever their status, in pages; or those
 * of a list, all at once.
 */
export async function getResources(elastiCache: ElastiCache, caller: Caller, request: GetResources) {
  const { TagFilters = [], ResourcesPerPage: size = MOST } = request
  const asked = request.ResourceARNList && new Set(request.ResourceARNList)
  if (asked) checkList(request)
  const matching = taggedOf(elastiCache, caller, request.ResourceTypeFilters ?? [])
    .filter(({ arn }) => asked?.has(arn) ?? true)
    .filter(({ tags }) =>
      TagFilters.every(({ Key, Values = [] }) => {
        const value = tags[Key]
        return value !== undefined && (Values.length === 0 || Values.includes(value))
      }),
    )
  const start = Number(request.PaginationToken || 0)
  const end = start + size
  return {
    PaginationToken: end < matching.length ? String(end) : '',
    ResourceTagMappingList: matching.slice(start, end).map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  }
}

/** A list of ARNs goes with nothing else, and has so many at most. */
function checkList(request: GetResources): void {
  const {
    ResourceARNList: list = [],
    TagFilters,
    ResourceTypeFilters,
    ResourcesPerPage,
    PaginationToken,
  } = request
  const others = [TagFilters, ResourceTypeFilters, ResourcesPerPage, PaginationToken || undefined]
  if (list.length > MOST || others.some((one) => one !== undefined)) {
    throw new Fault(
      'InvalidParameterException',
      `ResourceARNList has at most ${MOST} ARNs and goes with nothing else.`,
    )
  }
}

/** Those of a region. @param types such as `elasticache:replicationgroup` or `elasticache`; none for all */
function taggedOf({ service: { database } }: ElastiCache, { region }: Caller, types: string[]): Tagged[] {
  const all: Record<string, () => Tagged[]> = {
    'elasticache:replicationgroup': () =>
      listGroups(database)
        .filter((group) => group.region === region)
        .map((group) => ({ arn: arnOf(group), tags: group.tags })),
    'elasticache:parametergroup': () =>
      listParameterGroups(database)
        .filter((group) => group.region === region && !isDefault(group.name))
        .map((group) => ({ arn: parameterGroupArn(group), tags: group.tags })),
  }
  return Object.entries(all).flatMap(([type, list]) =>
    types.length === 0 || types.includes(type) || types.includes(type.split(':')[0] ?? '') ? list() : [],
  )
}
