import type { ElastiCache } from '../service/elasticache.ts'
import { Fault } from '../service/faults.ts'
import { type ParameterGroup, parameterGroupArn } from '../service/parameter-groups.ts'
import { parameters } from '../service/parameters.ts'
import type { Action } from './action.ts'
import { page } from './pages.ts'
import type { Query } from './query.ts'
import { tagsIn } from './requests.ts'
import { list } from './xml.ts'

/** The actions of ElastiCache on parameter groups. */
export function parameterGroupActions(elastiCache: ElastiCache): Record<string, Action> {
  return {
    async CreateCacheParameterGroup(query, { region }) {
      const group = await elastiCache.createParameterGroup({
        name: query.required('CacheParameterGroupName'),
        family: query.required('CacheParameterGroupFamily'),
        description: query.required('Description'),
        region,
        tags: tagsIn(query),
      })
      return { CacheParameterGroup: shape(group, region) }
    },

    async DescribeCacheParameterGroups(query, { region }) {
      const name = query.text('CacheParameterGroupName')
      const found = await elastiCache.describeParameterGroups(name === undefined ? {} : { name })
      const { items, Marker } = page(query, found, (group) => group.name)
      const shapes = items.map((group) => shape(group, region))
      return { Marker, CacheParameterGroups: list('CacheParameterGroup', shapes) }
    },

    async DescribeCacheParameters(query) {
      const source = query.text('Source')
      const [group] = await elastiCache.describeParameterGroups({
        name: query.required('CacheParameterGroupName'),
      })
      const all = parametersOf(group as ParameterGroup).filter(
        (one) => source === undefined || one.Source === source,
      )
      const { items, Marker } = page(query, all, (one) => one.ParameterName)
      return { Marker, Parameters: list('Parameter', items) }
    },

    async ModifyCacheParameterGroup(query) {
      const name = query.required('CacheParameterGroupName')
      const values = Object.fromEntries(namesAndValues(query))
      await elastiCache.modifyParameterGroup({ name, values })
      return { CacheParameterGroupName: name }
    },

    async ResetCacheParameterGroup(query) {
      const name = query.required('CacheParameterGroupName')
      const names = namesAndValues(query).map(([one]) => one)
      const all = query.flag('ResetAllParameters') ?? false
      if (!all && names.length === 0) {
        throw new Fault(
          'InvalidParameterCombination',
          'ResetAllParameters or ParameterNameValues must be given.',
        )
      }
      await elastiCache.resetParameterGroup(all ? { name } : { name, names })
      return { CacheParameterGroupName: name }
    },

    async DeleteCacheParameterGroup(query) {
      await elastiCache.deleteParameterGroup({ name: query.required('CacheParameterGroupName') })
      return {}
    },
  }
}

function namesAndValues(query: Query): [name: string, value: string][] {
  const all = query.list('ParameterNameValues', 'ParameterNameValue') ?? []
  return all.map((one) => [one.required('ParameterName'), one.text('ParameterValue') ?? ''])
}

function parametersOf({ values }: ParameterGroup) {
  return Object.entries(parameters).map(([name, { usual, allowed, type, means }]) => ({
    ParameterName: name,
    ParameterValue: values[name] ?? usual,
    Description: means,
    Source: name in values ? 'user' : 'system',
    DataType: type,
    AllowedValues: allowed || undefined,
    IsModifiable: true,
    MinimumEngineVersion: '5.0.0',
    ChangeType: 'immediate',
  }))
}

function shape(group: ParameterGroup, region: string): object {
  return {
    CacheParameterGroupName: group.name,
    CacheParameterGroupFamily: group.family,
    Description: group.description,
    IsGlobal: false,
    ARN: parameterGroupArn(group, region),
  }
}
