import type { GroupRecord } from '../../../../stacks/local-aws/service/records.ts'

/** Everything that AWS lets one change of a group, and what it changes by itself. */
export const changes: Record<string, (group: GroupRecord) => Partial<GroupRecord>> = {
  'node type': setting({ cacheNodeType: 'cache.t3.small' }),
  version: setting({ engineVersion: '7.0' }),
  'minor version': setting({ engineVersion: '6.0' }),
  'parameter group': setting({ cacheParameterGroupName: 'own' }),
  description: setting({ replicationGroupDescription: 'of somebody else' }),
  failover: setting({ automaticFailoverEnabled: false }),
  'multi-AZ': setting({ multiAZEnabled: false }),
  'automatic upgrades': setting({ autoMinorVersionUpgrade: true }),
  'security groups': setting({ securityGroupIds: ['sg-00000000000000000', 'sg-of-another-one'] }),
  'other security group': setting({ securityGroupIds: ['sg-of-another-one'] }),
  'no security group': setting({ securityGroupIds: [] }),
  'snapshots that are kept': setting({ snapshotRetentionLimit: 1 }),
  'no snapshots': setting({ snapshotRetentionLimit: 0 }),
  'snapshot window': setting({ snapshotWindow: '01:00-02:00' }),
  'maintenance window': setting({ preferredMaintenanceWindow: 'sun:07:00-sun:08:00' }),
  'notification topic': setting({ notificationTopicArn: 'arn:aws:sns:us-east-1:000000000000:topic' }),
  'log delivery': setting({
    logDeliveryConfigurations: [
      { destination: 'logs', destinationType: 'cloudwatch-logs', logFormat: 'json', logType: 'slow-log' },
    ],
  }),
  'IP discovery': setting({ ipDiscovery: 'ipv6' }),
  'network type': () => ({ networkType: 'dual_stack' }),
  token: () => ({ authTokenHashes: [] }),
  port: () => ({ port: 6380 }),
  'subnet group': () => ({ cacheSubnetGroupName: 'other' }),
  'encryption at rest': () => ({ atRestEncryptionEnabled: false }),
  'encryption in transit': () => ({ transitEncryptionEnabled: false }),
  'KMS key': () => ({ kmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/another' }),
  'a replica less': ({ nodes }) => ({ nodes: nodes.slice(0, -1) }),
  'a replica more': ({ id, nodes }) => ({
    nodes: [...nodes, { id: `${id}-004`, address: '127.0.0.4', wanted: 'start' }],
  }),
  'a new tag': ({ tags }) => ({ tags: { ...tags, Owner: 'somebody' } }),
  'an empty tag': ({ tags }) => ({ tags: { ...tags, Empty: '' } }),
  'another value of a tag': ({ tags }) => ({ tags: { ...tags, 'Instance name': 'another' } }),
  'a tag less': ({ tags: { 'Instance name': _name, ...tags } }) => ({ tags }),
  'the tag that proves whose it is, gone': ({ tags: { client: _client, ...tags } }) => ({ tags }),
  'all tags': () => ({ tags: {} }),
  'a group that is busy': () => ({ status: 'modifying', busyUntil: Date.now() + 3_600_000 }),
}

function setting(values: Partial<GroupRecord['settings']>) {
  return ({ settings }: GroupRecord) => ({ settings: { ...settings, ...values } })
}
