import type { RedisStackSpec } from '../../stacks/redis-stack.ts'

/** A stack of three nodes. */
export const stackSpec: RedisStackSpec = {
  name: 'one',
  providerVersion: '6.25.0',
  region: 'us-gov-west-1',
  replicationGroupId: 'cf-one',
  description: 'Redis of service instance one',
  engineVersion: '6.2',
  nodeType: 'cache.t3.micro',
  nodes: 3,
  port: 6379,
  subnetGroupName: 'redis',
  securityGroupIds: ['sg-1', 'sg-2'],
  autoMinorVersionUpgrade: false,
  tags: { client: 'Cloud Foundry' },
  state: { type: 'http', address: 'http://127.0.0.1:8080/state/one' },
  deletable: false,
  adopting: false,
}
