import { ACCOUNT } from '../service/account.ts'
import type {
  LogDeliveryConfiguration,
  NodeGroup,
  NodeGroupMember,
  ReplicationGroup,
} from '../service/types.ts'
import { list } from './xml.ts'

const enabled = (flag: boolean) => (flag ? 'enabled' : 'disabled')
const endpoint = (one: { address: string; port: number } | undefined) =>
  one && { Address: one.address, Port: one.port }

/** A group as DescribeReplicationGroups tells it. */
export function replicationGroupShape(group: ReplicationGroup): object {
  return {
    ReplicationGroupId: group.replicationGroupId,
    Description: group.description,
    Status: group.status,
    PendingModifiedValues: { AuthTokenStatus: group.pendingModifiedValues.authTokenStatus },
    MemberClusters: list('ClusterId', group.memberClusters),
    NodeGroups: list('NodeGroup', group.nodeGroups.map(nodeGroupShape)),
    AutomaticFailover: enabled(group.automaticFailoverEnabled),
    MultiAZ: enabled(group.multiAZEnabled),
    SnapshotRetentionLimit: group.snapshotRetentionLimit,
    SnapshotWindow: group.snapshotWindow,
    ClusterEnabled: false,
    CacheNodeType: group.cacheNodeType,
    AuthTokenEnabled: group.authTokenEnabled,
    AuthTokenLastModifiedDate: group.authTokenLastModifiedDate,
    TransitEncryptionEnabled: group.transitEncryptionEnabled,
    TransitEncryptionMode: group.transitEncryptionMode,
    AtRestEncryptionEnabled: group.atRestEncryptionEnabled,
    KmsKeyId: group.kmsKeyId,
    ARN: group.arn,
    LogDeliveryConfigurations: list(
      'LogDeliveryConfiguration',
      group.logDeliveryConfigurations.map(logDeliveryShape),
    ),
    ReplicationGroupCreateTime: group.createdAt,
    DataTiering: enabled(group.dataTieringEnabled),
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    NetworkType: group.networkType,
    IpDiscovery: group.ipDiscovery,
    ClusterMode: 'disabled',
    Engine: group.engine,
  }
}

function nodeGroupShape(group: NodeGroup): object {
  return {
    NodeGroupId: group.nodeGroupId,
    Status: group.status,
    PrimaryEndpoint: endpoint(group.primaryEndpoint),
    ReaderEndpoint: endpoint(group.readerEndpoint),
    NodeGroupMembers: list(
      'NodeGroupMember',
      group.nodeGroupMembers.map((member) => ({
        CacheClusterId: member.cacheClusterId,
        CacheNodeId: member.cacheNodeId,
        ReadEndpoint: endpoint(member.readEndpoint),
        PreferredAvailabilityZone: member.preferredAvailabilityZone,
        CurrentRole: member.currentRole,
      })),
    ),
  }
}

function logDeliveryShape(one: LogDeliveryConfiguration): object {
  const details =
    one.destinationType === 'kinesis-firehose'
      ? { KinesisFirehoseDetails: { DeliveryStream: one.destination } }
      : { CloudWatchLogsDetails: { LogGroup: one.destination } }
  return {
    LogType: one.logType,
    DestinationType: one.destinationType,
    DestinationDetails: details,
    LogFormat: one.logFormat,
    Status: 'active',
  }
}

/** A node of a group as DescribeCacheClusters tells it. @param details whether `ShowCacheNodeInfo` was asked for */
export function cacheClusterShape(
  group: ReplicationGroup,
  member: NodeGroupMember,
  details: boolean,
): object {
  const { cacheClusterId: id, preferredAvailabilityZone: zone } = member
  return {
    CacheClusterId: id,
    CacheNodeType: group.cacheNodeType,
    Engine: group.engine,
    EngineVersion: group.engineVersion,
    CacheClusterStatus: group.status,
    NumCacheNodes: 1,
    PreferredAvailabilityZone: zone,
    CacheClusterCreateTime: group.createdAt,
    PreferredMaintenanceWindow: group.preferredMaintenanceWindow,
    PendingModifiedValues: {
      CacheNodeType: group.pendingModifiedValues.cacheNodeType,
      EngineVersion: group.pendingModifiedValues.engineVersion,
    },
    NotificationConfiguration: group.notificationTopicArn && {
      TopicArn: group.notificationTopicArn,
      TopicStatus: 'active',
    },
    CacheParameterGroup: {
      CacheParameterGroupName: group.cacheParameterGroupName,
      ParameterApplyStatus: 'in-sync',
    },
    CacheSubnetGroupName: group.cacheSubnetGroupName,
    CacheNodes: details
      ? list('CacheNode', [
          {
            CacheNodeId: member.cacheNodeId,
            CacheNodeStatus: 'available',
            CacheNodeCreateTime: group.createdAt,
            Endpoint: endpoint(member.readEndpoint),
            ParameterGroupStatus: 'in-sync',
            CustomerAvailabilityZone: zone,
          },
        ])
      : undefined,
    AutoMinorVersionUpgrade: group.autoMinorVersionUpgrade,
    SecurityGroups: list(
      'member',
      group.securityGroupIds.map((id) => ({ SecurityGroupId: id, Status: 'active' })),
    ),
    ReplicationGroupId: group.replicationGroupId,
    SnapshotRetentionLimit: group.snapshotRetentionLimit,
    SnapshotWindow: group.snapshotWindow,
    AuthTokenEnabled: group.authTokenEnabled,
    TransitEncryptionEnabled: group.transitEncryptionEnabled,
    AtRestEncryptionEnabled: group.atRestEncryptionEnabled,
    ARN: group.arn.replace(/:replicationgroup:.*/, `:cluster:${id}`),
    NetworkType: group.networkType,
    IpDiscovery: group.ipDiscovery,
    TransitEncryptionMode: group.transitEncryptionMode,
  }
}

export function tagsShape(tags: Record<string, string>): object {
  return {
    TagList: list(
      'Tag',
      Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ),
  }
}

/** @param name of one that exists without having been made here */
export function subnetGroupShape(name: string, region: string): object {
  return {
    CacheSubnetGroupName: name,
    CacheSubnetGroupDescription: 'The subnet group that is there from the start',
    VpcId: 'vpc-00000000000000000',
    Subnets: list(
      'Subnet',
      ['a', 'b', 'c'].map((zone) => ({
        SubnetIdentifier: `subnet-0000000000000000${zone}`,
        SubnetAvailabilityZone: { Name: `${region}${zone}` },
      })),
    ),
    ARN: `arn:aws:elasticache:${region}:${ACCOUNT}:subnetgroup:${name}`,
  }
}
