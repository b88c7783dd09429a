import type { ElastiCacheClient } from '@aws-sdk/client-elasticache'
import type { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import type { LookBeside, Tagged } from './beside.ts'
import type { CloudWatch } from './cloudwatch.ts'
import { describedAlarms } from './described-alarms.ts'
import { describedLogGroups } from './described-log-groups.ts'
import { describedParameterGroups } from './described-parameter-groups.ts'
import { tagsOf } from './tags-of.ts'

interface Clients {
  client: ElastiCacheClient
  tagging: ResourceGroupsTaggingAPIClient
  cloudWatch: CloudWatch
}

/** @param signal of the look as a whole */
export function lookBeside({ client, tagging, cloudWatch }: Clients, signal?: AbortSignal): LookBeside {
  const failure = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const parameterGroups = describedParameterGroups(client, stop)
  const logGroups = describedLogGroups(cloudWatch, stop)
  const alarms = describedAlarms(cloudWatch, stop)

  async function withTags<One extends { name: string; arn: string }>(
    described: Promise<One[]>,
  ): Promise<Map<string, Tagged<One>>> {
    const all = await described
    const arns = all.map(({ arn }) => arn)
    const tags = await tagsOf(tagging, arns, stop)
    return new Map(all.map((one) => [one.name, { described: one, tags: tags.get(one.arn) }]))
  }

  return {
    async answers(names) {
      try {
        const [ofParameters, ofLogs, ofAlarms] = await Promise.all([
          withTags(parameterGroups(names.parameterGroups)),
          withTags(logGroups(names.logGroups)),
          withTags(alarms(names.alarms)),
        ])
        return { parameterGroups: ofParameters, logGroups: ofLogs, alarms: ofAlarms }
      } catch (error) {
        failure.abort()
        throw error
      }
    },
  }
}
