import {
  type CacheCluster,
  ElastiCacheClient,
  paginateDescribeCacheClusters,
  paginateDescribeReplicationGroups,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-elasticache'
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import type { Settings } from '../../../settings/settings.ts'
import { counted } from '../../../text/counted.ts'
import { about, type Check, type Finding } from '../check.ts'
import { asked, awsOptions, whyUnasked } from './access.ts'

const { ok, warning, unasked } = about('quotas')

/** As many as the largest plan may have. */
const largestPlan = 6

/** How much of what AWS limits is used, and what is left where AWS tells the limit. */
export const quotas: Check = {
  subject: 'quotas',
  needs: 'AWS',
  async run(settings) {
    const client = new ElastiCacheClient(awsOptions(settings))
    try {
      const limits = await limitsOf(settings)
      const known = 'answer' in limits ? limits.answer : new Map<string, number>()
      const nodes = await asked(async () => {
        const all: CacheCluster[] = []
        for await (const page of paginateDescribeCacheClusters({ client }, {}))
          all.push(...(page.CacheClusters ?? []))
        return all.reduce((sum, { NumCacheNodes = 1 }) => sum + NumCacheNodes, 0)
      })
      const groups = await asked(() =>
        count(paginateDescribeReplicationGroups({ client }, {}), (page) => page.ReplicationGroups?.length),
      )
      const snapshots = await asked(() =>
        count(
          paginateDescribeSnapshots({ client }, { SnapshotSource: 'user' }),
          (page) => page.Snapshots?.length,
        ),
      )
      return [
        used('node', nodes, 'elasticache:DescribeCacheClusters', limitNamed(known, /^Nodes per Region$/i)),
        used('replication group', groups, 'elasticache:DescribeReplicationGroups', undefined),
        used(
          'manual snapshot',
          snapshots,
          'elasticache:DescribeSnapshots',
          limitNamed(known, /^(Manual )?(snapshots|backups) per Region$/i),
        ),
        ...('answer' in limits ? [] : [unasked(...whyUnasked(limits, 'servicequotas:ListServiceQuotas'))]),
      ]
    } finally {
      client.destroy()
    }
  },
}

function used(
  what: string,
  found: Awaited<ReturnType<typeof asked<number>>>,
  right: string,
  limit: number | undefined,
): Finding {
  if (!('answer' in found)) return unasked(...whyUnasked(found, right))
  if (limit === undefined) return ok(`${counted(found.answer, what)} in this account and region`)
  const message = `${found.answer} of ${counted(limit, what)}`
  return limit - found.answer < largestPlan
    ? warning(message, 'Ask AWS for more, in its Service Quotas: a new Redis takes up to 6 nodes.')
    : ok(message)
}

const limitNamed = (limits: Map<string, number>, name: RegExp) =>
  [...limits].find(([one]) => name.test(one))?.[1]

function limitsOf(settings: Settings) {
  const client = new ServiceQuotasClient(awsOptions(settings))
  return asked(async () => {
    const limits = new Map<string, number>()
    try {
      for await (const page of paginateListServiceQuotas({ client }, { ServiceCode: 'elasticache' })) {
        for (const { QuotaName, Value } of page.Quotas ?? []) {
          if (QuotaName !== undefined && Value !== undefined) limits.set(QuotaName, Value)
        }
      }
      return limits
    } finally {
      client.destroy()
    }
  })
}

async function count<Page>(
  pages: AsyncIterable<Page>,
  of: (page: Page) => number | undefined,
): Promise<number> {
  let sum = 0
  for await (const page of pages) sum += of(page) ?? 0
  return sum
}
