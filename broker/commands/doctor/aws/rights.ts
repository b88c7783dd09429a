import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-elasticache'
import { IAMClient, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam'
import type { Settings } from '../../../settings/settings.ts'
import { about, type Check, type Finding } from '../check.ts'
import { type Asked, asked, awsOptions, whyUnasked } from './access.ts'
import { identityOf } from './identity.ts'
import { neededRights } from './policy.ts'

const { ok, failed, unasked } = about('rights')
const advice = 'Give it the rights of docs/iam-policy.json.'

/** The rights to look are tried; the others are asked about, where AWS lets the broker ask. */
export const rights: Check = {
  subject: 'rights',
  needs: 'AWS',
  async run(settings) {
    return [...(await looking(settings)), ...(await simulated(settings))]
  },
}

async function looking(settings: Settings): Promise<Finding[]> {
  const client = new ElastiCacheClient(awsOptions(settings))
  try {
    const groups = await asked(() => client.send(new DescribeReplicationGroupsCommand({ MaxRecords: 20 })))
    const arn = 'answer' in groups ? groups.answer.ReplicationGroups?.[0]?.ARN : undefined
    const tried: [right: string, result: Asked<unknown>][] = [
      ['elasticache:DescribeReplicationGroups', groups],
      [
        'elasticache:DescribeCacheClusters',
        await asked(() => client.send(new DescribeCacheClustersCommand({ MaxRecords: 20 }))),
      ],
    ]
    if (arn) {
      const tags = new ListTagsForResourceCommand({ ResourceName: arn })
      tried.push(['elasticache:ListTagsForResource', await asked(() => client.send(tags))])
    }
    return tried.map(([right, result]) => {
      if ('answer' in result) return ok(`${right}, tried`)
      return result.refused === 'right'
        ? failed(`${right} is not allowed`, advice)
        : unasked(...whyUnasked(result, right))
    })
  } finally {
    client.destroy()
  }
}

async function simulated(settings: Settings): Promise<Finding[]> {
  const right = 'iam:SimulatePrincipalPolicy'
  if (settings.PLATFORM === 'local') {
    return [unasked(`what answers there has no ${right}`, 'On one machine nobody needs rights.')]
  }
  const identity = await identityOf(settings)
  if (!identity) return [unasked('AWS does not say who the broker is', 'See what is said of AWS.')]
  const partition = identity.arn.split(':')[1] ?? 'aws'
  const client = new IAMClient(awsOptions(settings))
  try {
    const found: Finding[] = []
    for (const { actions, resource } of neededRights(settings, identity.account, partition)) {
      const answer = await asked(() => decisions(client, principalOf(identity.arn), actions, resource))
      if (!('answer' in answer)) return [unasked(...whyUnasked(answer, right))]
      for (const [action, decision] of answer.answer) {
        found.push(
          decision === 'allowed' ? ok(`${action}, as IAM says`) : failed(`${action} is ${decision}`, advice),
        )
      }
    }
    return found
  } finally {
    client.destroy()
  }
}

async function decisions(client: IAMClient, principal: string, actions: string[], resource: string) {
  const all: [string, string][] = []
  const input = { PolicySourceArn: principal, ActionNames: actions, ResourceArns: [resource] }
  for await (const page of paginateSimulatePrincipalPolicy({ client }, input)) {
    for (const { EvalActionName, EvalDecision } of page.EvaluationResults ?? []) {
      all.push([EvalActionName ?? '', EvalDecision ?? 'not told'])
    }
  }
  return all
}

/** IAM knows the role, not its session. A role with a path is not found by it. */
function principalOf(arn: string): string {
  const [, partition, account, role] = /^arn:([\w-]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? []
  return role ? `arn:${partition}:iam::${account}:role/${role}` : arn
}
