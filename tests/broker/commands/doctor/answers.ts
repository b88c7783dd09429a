import { callerIdentity, type QueryAnswers, result } from '../../../support/query-api.ts'

export const account = '111122223333'

/** All that AWS has to answer to somebody who may everything. */
export const allowed: QueryAnswers = {
  GetCallerIdentity: () => callerIdentity(account),
  DescribeReplicationGroups: () => result('DescribeReplicationGroups', '<ReplicationGroups/>'),
  DescribeCacheClusters: () =>
    result(
      'DescribeCacheClusters',
      '<CacheClusters><CacheCluster><NumCacheNodes>1</NumCacheNodes></CacheCluster></CacheClusters>',
    ),
  DescribeSnapshots: () => result('DescribeSnapshots', '<Snapshots/>'),
  DescribeCacheSubnetGroups: () => subnetGroup('us-east-1a', 'us-east-1b'),
  DescribeSecurityGroups: () => securityGroup(6379, 6379),
  SimulatePrincipalPolicy: ({ parameters }) => decisions(parameters, () => 'allowed'),
}

export function subnetGroup(...zones: string[]) {
  const subnets = zones.map(
    (zone) => `<Subnet><SubnetAvailabilityZone><Name>${zone}</Name></SubnetAvailabilityZone></Subnet>`,
  )
  return result(
    'DescribeCacheSubnetGroups',
    `<CacheSubnetGroups><CacheSubnetGroup><VpcId>vpc-1</VpcId><Subnets>${subnets.join('')}</Subnets></CacheSubnetGroup></CacheSubnetGroups>`,
  )
}

/** EC2 has a shape of its own. */
export const securityGroup = (from: number, to: number) => ({
  body: `<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><vpcId>vpc-1</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>${from}</fromPort><toPort>${to}</toPort></item></ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>`,
})

export function decisions(parameters: URLSearchParams, decide: (action: string) => string) {
  const actions = [...parameters]
    .filter(([name]) => name.startsWith('ActionNames.'))
    .map(([, value]) => value)
  const members = actions.map(
    (action) =>
      `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decide(action)}</EvalDecision></member>`,
  )
  return result('SimulatePrincipalPolicy', `<EvaluationResults>${members.join('')}</EvaluationResults>`)
}
