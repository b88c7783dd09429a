import {
  type CacheParameterGroup,
  type ElastiCacheClient,
  paginateDescribeCacheParameterGroups,
  paginateDescribeCacheParameters,
} from '@aws-sdk/client-elasticache'
import pMap from 'p-map'
import type { DescribedParameterGroup } from '../../stacks/parameter-group/attributes.ts'
import { unlessNoParameterGroup } from './refusals.ts'

/** The most that AWS tells in a page. */
const pageSize = 100

/** AWS has no call for the parameters of many groups: so many are asked at a time. */
const atOnce = 4

/** Those of the names that AWS knows. All groups are listed with the first one that is asked for. */
export function describedParameterGroups(client: ElastiCacheClient, abortSignal: AbortSignal) {
  let listed: Promise<Map<string, CacheParameterGroup>> | undefined

  async function all(): Promise<Map<string, CacheParameterGroup>> {
    const found = new Map<string, CacheParameterGroup>()
    const pages = paginateDescribeCacheParameterGroups({ client, pageSize }, {}, { abortSignal })
    for await (const { CacheParameterGroups = [] } of pages) {
      for (const group of CacheParameterGroups) found.set(group.CacheParameterGroupName ?? '', group)
    }
    return found
  }

  /** As Terraform reads them: those that somebody has set. */
  async function values(CacheParameterGroupName: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    const request = { CacheParameterGroupName, Source: 'user' }
    const pages = paginateDescribeCacheParameters({ client, pageSize }, request, { abortSignal })
    for await (const { Parameters = [] } of pages) {
      for (const { ParameterName, ParameterValue } of Parameters) {
        if (ParameterName !== undefined && ParameterValue !== undefined) found[ParameterName] = ParameterValue
      }
    }
    return found
  }

  return async (names: string[]): Promise<DescribedParameterGroup[]> => {
    if (names.length === 0) return []
    listed ??= all()
    const groups = await listed
    const described = await pMap(
      names,
      async (name) => {
        const group = groups.get(name)
        return group && describedOf(group, await unlessNoParameterGroup(values(name)))
      },
      { concurrency: atOnce },
    )
    return described.filter((one) => one !== undefined)
  }
}

/** @returns undefined where AWS has not told all */
function describedOf(
  {
    CacheParameterGroupName: name,
    ARN: arn,
    CacheParameterGroupFamily: family,
    Description,
  }: CacheParameterGroup,
  values: Record<string, string> | undefined,
): DescribedParameterGroup | undefined {
  const region = arn?.split(':')[3]
  if (!name || !arn || !region || !family || Description === undefined || !values) return undefined
  return { name, arn, region, family, description: Description, values }
}
