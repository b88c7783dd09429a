import type { CacheCluster, LogDeliveryConfiguration, ReplicationGroup } from '@aws-sdk/client-elasticache'
import type { DescribedGroup } from '../../stacks/replication-group/attributes.ts'
import { defined } from './defined.ts'

/** The node whose settings Terraform's provider takes for those of the group. */
export function firstMember({ NodeGroups }: ReplicationGroup): string | undefined {
  return NodeGroups?.[0]?.NodeGroupMembers?.[0]?.CacheClusterId
}

/** @returns undefined where AWS has not told all, or something else than is known here */
export function describedGroup(
  group: ReplicationGroup,
  cluster: CacheCluster | undefined,
): DescribedGroup | undefined {
  if (cluster?.CacheClusterStatus !== 'available') return undefined
  const { NodeGroups: nodeGroups = [] } = group
  const [first] = nodeGroups
  const endpoint = group.ConfigurationEndpoint ?? first?.PrimaryEndpoint
  const { NotificationConfiguration: topic } = cluster
  const known: { [Name in keyof DescribedGroup]: DescribedGroup[Name] | undefined } = {
    replicationGroupId: group.ReplicationGroupId,
    arn: group.ARN,
    region: group.ARN?.split(':')[3],
    description: group.Description,
    engine: group.Engine ?? cluster.Engine,
    engineVersion: cluster.EngineVersion,
    cacheNodeType: cluster.CacheNodeType,
    cacheParameterGroupName: cluster.CacheParameterGroup?.CacheParameterGroupName,
    cacheSubnetGroupName: cluster.CacheSubnetGroupName,
    securityGroupIds: texts(cluster.SecurityGroups?.map(({ SecurityGroupId }) => SecurityGroupId) ?? []),
    memberClusters: group.MemberClusters,
    nodeGroups: nodeGroups.map(({ NodeGroupId = '', NodeGroupMembers = [] }) => ({
      nodeGroupId: NodeGroupId,
      nodeGroupMembers: NodeGroupMembers.map(({ PreferredAvailabilityZone = '' }) => ({
        preferredAvailabilityZone: PreferredAvailabilityZone,
      })),
    })),
    clusterEnabled: group.ClusterEnabled,
    clusterMode: group.ClusterMode,
    port: endpoint?.Port,
    authTokenEnabled: cluster.AuthTokenEnabled,
    automaticFailoverEnabled: isEnabled(group.AutomaticFailover),
    multiAZEnabled: isEnabled(group.MultiAZ),
    atRestEncryptionEnabled: group.AtRestEncryptionEnabled,
    transitEncryptionEnabled: cluster.TransitEncryptionEnabled,
    autoMinorVersionUpgrade: cluster.AutoMinorVersionUpgrade,
    dataTieringEnabled: isEnabled(group.DataTiering),
    snapshotRetentionLimit: group.SnapshotRetentionLimit,
    snapshotWindow: group.SnapshotWindow,
    preferredMaintenanceWindow: cluster.PreferredMaintenanceWindow,
    ipDiscovery: group.IpDiscovery,
    networkType: group.NetworkType,
    logDeliveryConfigurations: logDelivery(group.LogDeliveryConfigurations ?? []),
    userGroupIds: group.UserGroupIds ?? [],
  }
  if (Object.values(known).includes(undefined)) return undefined
  return {
    ...(known as DescribedGroup),
    ...defined({
      transitEncryptionMode: cluster.TransitEncryptionMode,
      kmsKeyId: group.KmsKeyId,
      globalReplicationGroupId: group.GlobalReplicationGroupInfo?.GlobalReplicationGroupId,
      notificationTopicArn: topic?.TopicStatus === 'active' ? topic.TopicArn : undefined,
    }),
    ...address('configurationEndpoint', group.ConfigurationEndpoint?.Address),
    ...address('primaryEndpoint', first?.PrimaryEndpoint?.Address),
    ...address('readerEndpoint', first?.ReaderEndpoint?.Address),
  }
}

/** A change that is under way is neither. */
function isEnabled(word: string | undefined): boolean | undefined {
  return word === 'enabled' ? true : word === 'disabled' ? false : undefined
}

function texts(all: (string | undefined)[]): string[] | undefined {
  return all.every((one) => one !== undefined) ? (all as string[]) : undefined
}

const address = (name: keyof DescribedGroup, value: string | undefined): Partial<DescribedGroup> =>
  value === undefined ? {} : { [name]: { address: value } }

function logDelivery(
  all: LogDeliveryConfiguration[],
): DescribedGroup['logDeliveryConfigurations'] | undefined {
  const shown = all.map(({ DestinationDetails: details, DestinationType, LogFormat, LogType }) => ({
    destination: details?.CloudWatchLogsDetails?.LogGroup ?? details?.KinesisFirehoseDetails?.DeliveryStream,
    destinationType: DestinationType,
    logFormat: LogFormat,
    logType: LogType,
  }))
  const complete = shown.every((one) => !Object.values(one).includes(undefined))
  return complete ? (shown as DescribedGroup['logDeliveryConfigurations']) : undefined
}
