import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPlans } from '../../../catalog/plans.ts'
import type { Settings } from '../../../settings/settings.ts'
import { repository } from '../../../terraform/environment.ts'

interface Statement {
  Action: string[]
  Resource: string | string[]
}

/** Rights that are needed on something. */
export interface Needed {
  actions: string[]
  /** ARN of something that they have to hold for. */
  resource: string
}

/** The rights that docs/iam-policy.json asks for, and those that settings and plans add. */
export function neededRights(settings: Settings, account: string, partition: string): Needed[] {
  const file = join(repository, 'docs', 'iam-policy.json')
  const { Statement: statements }: { Statement: Statement[] } = JSON.parse(readFileSync(file, 'utf8'))
  const group = `arn:${partition}:elasticache:${settings.AWS_REGION}:${account}:replicationgroup:${settings.REPLICATION_GROUP_PREFIX}doctor`
  const ofPlans = readPlans(settings).map(({ kmsKeyId }) => kmsKeyId)
  const keys = new Set([settings.KMS_KEY_ID, ...ofPlans].filter((key) => key !== undefined))
  return [
    ...statements.map(({ Action, Resource }) => ({
      actions: Action,
      resource: Resource === '*' ? '*' : group,
    })),
    ...[...keys].map((resource) => ({ actions: ['kms:DescribeKey', 'kms:CreateGrant'], resource })),
  ]
}
