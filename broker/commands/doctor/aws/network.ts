import { DescribeCacheSubnetGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { type Plan, readPlans } from '../../../catalog/plans.ts'
import type { Settings } from '../../../settings/settings.ts'
import { about, type Check, type Finding } from '../check.ts'
import { asked, awsOptions, whyUnasked } from './access.ts'
import { securityGroupsOf } from './security-groups.ts'

/** That of the settings, and those of plans. */
export const subnetGroup: Check = {
  subject: 'subnet group',
  needs: 'AWS',
  async run(settings) {
    const plans = readPlans(settings)
    const names = new Set([settings.SUBNET_GROUP, ...plans.map((plan) => plan.subnetGroup)])
    const client = new ElastiCacheClient(awsOptions(settings))
    try {
      const found: Finding[] = []
      for (const name of names) found.push(await findSubnetGroup(client, settings, name, plans))
      return found
    } finally {
      client.destroy()
    }
  },
}

async function findSubnetGroup(
  client: ElastiCacheClient,
  settings: Settings,
  name: string,
  plans: Plan[],
): Promise<Finding> {
  const { ok, warning, failed, unasked } = about('subnet group')
  const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: name })
  const found = await asked(() => client.send(command))
  if (!('answer' in found)) {
    const ofPlans = plans.filter(({ subnetGroup }) => subnetGroup === name)
    return found.said.startsWith('CacheSubnetGroupNotFound')
      ? failed(
          `there is no ${name} in ${settings.AWS_REGION}`,
          name === settings.SUBNET_GROUP
            ? 'Make it on AWS, or set SUBNET_GROUP.'
            : `Make it on AWS, or correct the subnetGroup of ${ofPlans.map((plan) => plan.name).join(', ')}.`,
        )
      : unasked(...whyUnasked(found, 'elasticache:DescribeCacheSubnetGroups'))
  }
  const group = found.answer.CacheSubnetGroups?.[0]
  const zones = new Set(group?.Subnets?.map(({ SubnetAvailabilityZone }) => SubnetAvailabilityZone?.Name))
  const where = `${name} in ${group?.VpcId}, ${[...zones].join(', ')}`
  return zones.size < 2
    ? warning(where, 'Add subnets in another zone: with one, its failure takes all nodes of a Redis.')
    : ok(where)
}

/** Those of the settings, and those of plans. */
export const securityGroups: Check = {
  subject: 'security groups',
  needs: 'AWS',
  async run(settings) {
    const { ok, failed, unasked } = about('security groups')
    const ofPlans = readPlans(settings).flatMap((plan) => plan.securityGroups)
    const names = [...new Set([...settings.SECURITY_GROUPS, ...ofPlans])]
    const found = await asked(() => securityGroupsOf(settings, names))
    if ('answer' in found) {
      const ports = settings.REDIS_PORT
      return found.answer.map(({ id, vpc, opens }) =>
        opens
          ? ok(`${id} in ${vpc} opens port ${ports}`)
          : failed(`${id} in ${vpc} opens port ${ports} to nobody`, `Add an inbound rule for TCP ${ports}.`),
      )
    }
    return found.said.startsWith('InvalidGroup')
      ? failed(
          `${names.join(', ')}: ${found.said}`,
          'Correct SECURITY_GROUPS, or securityGroups in PLANS_FILE.',
        )
      : unasked(...whyUnasked(found, 'ec2:DescribeSecurityGroups'))
  },
}
