import type {
  CreateReplicationGroupRequest,
  LogDeliveryRequest,
  ModifyReplicationGroupRequest,
  Tags,
} from '../service/types.ts'
import type { Query } from './query.ts'

/** Drops what is undefined, so that "not given" and "given as undefined" are one. */
function given<T extends object>(request: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as never
}

/** The members that creation and modification have in common. */
const settings = (query: Query) => ({
  cacheNodeType: query.text('CacheNodeType'),
  engine: query.text('Engine'),
  engineVersion: query.text('EngineVersion'),
  cacheParameterGroupName: query.text('CacheParameterGroupName'),
  automaticFailoverEnabled: query.flag('AutomaticFailoverEnabled'),
  multiAZEnabled: query.flag('MultiAZEnabled'),
  autoMinorVersionUpgrade: query.flag('AutoMinorVersionUpgrade'),
  securityGroupIds: query.texts('SecurityGroupIds', 'SecurityGroupId'),
  snapshotRetentionLimit: query.integer('SnapshotRetentionLimit'),
  snapshotWindow: query.text('SnapshotWindow'),
  preferredMaintenanceWindow: query.text('PreferredMaintenanceWindow'),
  notificationTopicArn: query.text('NotificationTopicArn'),
  logDeliveryConfigurations: logDelivery(query),
  ipDiscovery: query.text('IpDiscovery'),
  authToken: query.text('AuthToken'),
  clusterMode: query.text('ClusterMode'),
  transitEncryptionEnabled: query.flag('TransitEncryptionEnabled'),
  transitEncryptionMode: query.text('TransitEncryptionMode'),
})

export function createRequest(query: Query, region: string): CreateReplicationGroupRequest {
  return given({
    ...settings(query),
    replicationGroupId: query.required('ReplicationGroupId'),
    replicationGroupDescription: query.required('ReplicationGroupDescription'),
    cacheNodeType: query.required('CacheNodeType'),
    region,
    numCacheClusters: query.integer('NumCacheClusters'),
    numNodeGroups: query.integer('NumNodeGroups'),
    replicasPerNodeGroup: query.integer('ReplicasPerNodeGroup'),
    preferredCacheClusterAZs: query.texts('PreferredCacheClusterAZs', 'AvailabilityZone'),
    port: query.integer('Port'),
    cacheSubnetGroupName: query.text('CacheSubnetGroupName'),
    cacheSecurityGroupNames: query.texts('CacheSecurityGroupNames', 'CacheSecurityGroupName'),
    atRestEncryptionEnabled: query.flag('AtRestEncryptionEnabled'),
    dataTieringEnabled: query.flag('DataTieringEnabled'),
    globalReplicationGroupId: query.text('GlobalReplicationGroupId'),
    kmsKeyId: query.text('KmsKeyId'),
    networkType: query.text('NetworkType'),
    userGroupIds: query.texts('UserGroupIds', 'member'),
    snapshotName: query.text('SnapshotName'),
    snapshotArns: query.texts('SnapshotArns', 'SnapshotArn'),
    tags: tagsIn(query),
  })
}

export function modifyRequest(query: Query): ModifyReplicationGroupRequest {
  return given({
    ...settings(query),
    replicationGroupId: query.required('ReplicationGroupId'),
    replicationGroupDescription: query.text('ReplicationGroupDescription'),
    applyImmediately: query.flag('ApplyImmediately') ?? false,
    authTokenUpdateStrategy: query.text('AuthTokenUpdateStrategy'),
    userGroupIdsToAdd: query.texts('UserGroupIdsToAdd', 'member'),
  })
}

export function tagsIn(query: Query): Tags {
  const tags = query.list('Tags', 'Tag') ?? []
  return Object.fromEntries(tags.map((tag) => [tag.text('Key') ?? '', tag.text('Value') ?? '']))
}

function logDelivery(query: Query): LogDeliveryRequest[] | undefined {
  return query.list('LogDeliveryConfigurations', 'LogDeliveryConfigurationRequest')?.map((one) => {
    if (one.flag('Enabled') === false) return { logType: one.text('LogType') ?? '', enabled: false }
    const details = one.in('DestinationDetails')
    return {
      logType: one.text('LogType') ?? '',
      logFormat: one.text('LogFormat') ?? '',
      destinationType: one.text('DestinationType') ?? '',
      destination:
        details.in('CloudWatchLogsDetails').text('LogGroup') ??
        details.in('KinesisFirehoseDetails').text('DeliveryStream') ??
        '',
      enabled: true,
    }
  })
}
