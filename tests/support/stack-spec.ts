import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'

/** A stack of three nodes. */
export const stackSpec: RedisStackSpec = {
  name: 'one',
  providerVersion: '6.25.0',
  region: 'us-gov-west-1',
  replicationGroupId: 'cf-one',
  description: 'Redis of service instance one',
  engine: 'redis',
  engineVersion: '6.2',
  nodeType: 'cache.t3.micro',
  nodes: 3,
  failover: true,
  multiAz: true,
  port: 6379,
  subnetGroupName: 'redis',
  securityGroupIds: ['sg-1', 'sg-2'],
  dataTiering: false,
  autoMinorVersionUpgrade: false,
  snapshotRetention: 3,
  snapshotWindow: '06:00-07:00',
  maintenanceWindow: 'mon:07:00-mon:08:00',
  logs: {},
  tags: { client: 'Cloud Foundry' },
  state: { type: 'http', address: 'http://127.0.0.1:8080/state/one' },
  deletable: false,
  adopting: false,
}
