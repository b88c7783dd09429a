import { arnOf } from '../service/calls/describe-replication-groups.ts'
import type { ElastiCache } from '../service/elasticache.ts'
import { listGroups } from '../service/records.ts'
import type { Caller } from './signature.ts'

interface GetResources {
  TagFilters?: { Key: string; Values?: string[] }[]
  ResourceTypeFilters?: string[]
  ResourcesPerPage?: number
  PaginationToken?: string
}

const MOST = 100

/** GetResources of the Resource Groups Tagging API: groups by their tags, whatever their status, in pages. */
export async function getResources(elastiCache: ElastiCache, caller: Caller, request: GetResources) {
  const { TagFilters = [], ResourceTypeFilters: types = [], ResourcesPerPage: size = MOST } = request
  const wanted = types.length === 0 || types.some((type) => /^elasticache(:replicationgroup)?$/.test(type))
  const groups = wanted ? listGroups(elastiCache.service.database) : []
  const matching = groups
    .filter(({ region }) => region === caller.region)
    .map((group) => ({ arn: arnOf(group), tags: group.tags }))
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
