import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import type { DescribedLogGroup } from '../../stacks/log-group/attributes.ts'
import type { CloudWatch } from './cloudwatch.ts'
import { defined } from './defined.ts'

/** The most that AWS tells in a page. */
const pageSize = 50

/**
 * Those of the names that AWS knows. It lists them by what their names begin with: what many have in common is listed
 * once.
 */
export function describedLogGroups(cloudWatch: CloudWatch, abortSignal: AbortSignal) {
  const found = new Map<string, DescribedLogGroup>()
  const listed: string[] = []

  async function list(prefix: string): Promise<void> {
    const { paginateDescribeLogGroups } = await import('@aws-sdk/client-cloudwatch-logs')
    const client = await cloudWatch.logs()
    const request = prefix === '' ? {} : { logGroupNamePrefix: prefix }
    const pages = paginateDescribeLogGroups({ client, pageSize }, request, { abortSignal })
    for await (const { logGroups = [] } of pages) {
      for (const group of logGroups.flatMap((one) => describedOf(one) ?? [])) found.set(group.name, group)
    }
    listed.push(prefix)
  }

  return async (names: string[]): Promise<DescribedLogGroup[]> => {
    const others = names.filter((name) => !listed.some((prefix) => name.startsWith(prefix)))
    if (others.length > 0) await list(commonBeginning(others))
    return names.flatMap((name) => found.get(name) ?? [])
  }
}

function commonBeginning([first = '', ...others]: string[]): string {
  let length = first.length
  while (!others.every((other) => other.startsWith(first.slice(0, length)))) length--
  return first.slice(0, length)
}

/** @returns undefined where AWS has not told all */
function describedOf({
  logGroupName: name,
  arn: ofAll,
  logGroupClass,
  kmsKeyId,
  retentionInDays,
  deletionProtectionEnabled,
}: LogGroup): DescribedLogGroup | undefined {
  const arn = ofAll?.replace(/:\*$/, '')
  const region = arn?.split(':')[3]
  if (!name || !arn || !region || !logGroupClass) return undefined
  return {
    ...{ name, arn, region, logGroupClass },
    ...defined({ kmsKeyId, retentionInDays, deletionProtectionEnabled }),
  }
}
