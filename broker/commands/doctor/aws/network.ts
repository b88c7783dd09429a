import { DescribeCacheSubnetGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache'
import { about, type Check } from '../check.ts'
import { asked, awsOptions, whyUnasked } from './access.ts'
import { securityGroupsOf } from './security-groups.ts'

export const subnetGroup: Check = {
  subject: 'subnet group',
  needs: 'AWS',
  async run(settings) {
    const { ok, warning, failed, unasked } = about('subnet group')
    const name = settings.SUBNET_GROUP
    const client = new ElastiCacheClient(awsOptions(settings))
    const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: name })
    const found = await asked(() => client.send(command))
    client.destroy()
    if (!('answer' in found)) {
      return found.said.startsWith('CacheSubnetGroupNotFound')
        ? failed(`there is no ${name} in ${settings.AWS_REGION}`, 'Make it on AWS, or set SUBNET_GROUP.')
        : unasked(...whyUnasked(found, 'elasticache:DescribeCacheSubnetGroups'))
    }
    const group = found.answer.CacheSubnetGroups?.[0]
    const zones = new Set(group?.Subnets?.map(({ SubnetAvailabilityZone }) => SubnetAvailabilityZone?.Name))
    const where = `${name} in ${group?.VpcId}, ${[...zones].join(', ')}`
    return zones.size < 2
      ? warning(where, 'Add subnets in another zone: with one, its failure takes all nodes of a Redis.')
      : ok(where)
  },
}

export const securityGroups: Check = {
  subject: 'security groups',
  needs: 'AWS',
  async run(settings) {
    const { ok, failed, unasked } = about('security groups')
    const names = settings.SECURITY_GROUPS
    const found = await asked(() => securityGroupsOf(settings))
    if ('answer' in found) {
      const ports = settings.REDIS_PORT
      return found.answer.map(({ id, vpc, opens }) =>
        opens
          ? ok(`${id} in ${vpc} opens port ${ports}`)
          : failed(`${id} in ${vpc} opens port ${ports} to nobody`, `Add an inbound rule for TCP ${ports}.`),
      )
    }
    return found.said.startsWith('InvalidGroup')
      ? failed(`${names.join(', ')}: ${found.said}`, 'Correct SECURITY_GROUPS.')
      : unasked(...whyUnasked(found, 'ec2:DescribeSecurityGroups'))
  },
}
