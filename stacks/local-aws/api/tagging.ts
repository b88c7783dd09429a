import { arnOf } from '../service/calls/describe-replication-groups.ts'
import type { ElastiCache } from '../service/elasticache.ts'
import { Fault } from '../service/faults.ts'
import { findRecord, listRecords, type RecordKind, recordArn, recordOf } from '../service/named-records.ts'
import {
  findParameterGroup,
  listParameterGroups,
  type ParameterGroup,
  parameterGroupArn,
} from '../service/parameter-groups.ts'
import { findGroup, type GroupRecord, listGroups } from '../service/records.ts'
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
  const { ResourceARNList: list } = request
  if (list) checkList(request)
  const all = list
    ? list.flatMap((arn) => namedBy(elastiCache, arn) ?? [])
    : taggedOf(elastiCache, caller, request.ResourceTypeFilters ?? [])
  const matching = all.filter(({ tags }) =>
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

/** Undefined where there is nothing of that ARN. */
function namedBy({ service: { database } }: ElastiCache, arn: string): Tagged | undefined {
  const [, , , , , type, ...name] = arn.split(':')
  const record = recordOf(arn)
  const found = record
    ? findRecord(database, record.kind, record.region, record.name)
    : type === 'parametergroup'
      ? findParameterGroup(database, name.join(':'))
      : findGroup(database, name.join(':'))
  return found && { arn, tags: found.tags }
}

/** Those of a region. @param types such as `elasticache:replicationgroup` or `elasticache`; none for all */
function taggedOf({ service: { database } }: ElastiCache, { region }: Caller, types: string[]): Tagged[] {
  const ofGroup = (group: GroupRecord) => ({ arn: arnOf(group), tags: group.tags })
  const ofParameters = (group: ParameterGroup) => ({ arn: parameterGroupArn(group), tags: group.tags })
  const ofRecords = (kind: RecordKind) =>
    listRecords(database, kind, region).map((record) => ({ arn: recordArn(kind, record), tags: record.tags }))
  const here = (one: { region: string }) => one.region === region
  const all: Record<string, () => Tagged[]> = {
    'elasticache:replicationgroup': () => listGroups(database).filter(here).map(ofGroup),
    'elasticache:parametergroup': () => listParameterGroups(database).filter(here).map(ofParameters),
    'logs:log-group': () => ofRecords('log-group'),
    'cloudwatch:alarm': () => ofRecords('alarm'),
  }
  return Object.entries(all).flatMap(([type, list]) =>
    types.length === 0 || types.includes(type) || types.includes(type.split(':')[0] ?? '') ? list() : [],
  )
}
