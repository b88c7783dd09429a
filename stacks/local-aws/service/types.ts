/** Shapes of the ElastiCache API, as far as this service has them. Names are AWS's, in lower camel case. */

import type { DescribedGroup } from '../../replication-group/attributes.ts'

export type Tags = Record<string, string>

export interface LogDeliveryConfiguration {
  destination: string
  destinationType: string
  logFormat: string
  logType: string
}

/** A request for one type of log. Disabled, it is delivered no more; a type that is not named stays as it is. */
export type LogDeliveryRequest =
  | (LogDeliveryConfiguration & { enabled: true })
  | { logType: string; enabled: false }

/** Of one node group; without it, AWS chooses. */
export interface NodeGroupConfiguration {
  slots?: string
  primaryAvailabilityZone?: string
  replicaAvailabilityZones?: string[]
  primaryOutpostArn?: string
  replicaOutpostArns?: string[]
}

/** Settings that can be given at creation and changed later. */
export interface ModifiableSettings {
  replicationGroupDescription: string
  cacheNodeType: string
  engineVersion: string
  cacheParameterGroupName: string
  automaticFailoverEnabled: boolean
  multiAZEnabled: boolean
  autoMinorVersionUpgrade: boolean
  securityGroupIds: string[]
  snapshotRetentionLimit: number
  snapshotWindow: string
  preferredMaintenanceWindow: string
  notificationTopicArn: string
  logDeliveryConfigurations: LogDeliveryConfiguration[]
  ipDiscovery: string
}

/** The settings that a request names. */
export interface RequestedSettings extends Partial<Omit<ModifiableSettings, 'logDeliveryConfigurations'>> {
  logDeliveryConfigurations?: LogDeliveryRequest[]
}

export interface CreateReplicationGroupRequest extends RequestedSettings {
  replicationGroupId: string
  replicationGroupDescription: string
  /** The region of the caller's credentials and endpoint; AWS has it in the host name. */
  region: string
  cacheNodeType: string
  engine?: string
  authToken?: string
  numCacheClusters?: number
  numNodeGroups?: number
  replicasPerNodeGroup?: number
  nodeGroupConfiguration?: NodeGroupConfiguration[]
  preferredCacheClusterAZs?: string[]
  clusterMode?: string
  port?: number
  cacheSubnetGroupName?: string
  cacheSecurityGroupNames?: string[]
  atRestEncryptionEnabled?: boolean
  transitEncryptionEnabled?: boolean
  transitEncryptionMode?: string
  dataTieringEnabled?: boolean
  globalReplicationGroupId?: string
  kmsKeyId?: string
  networkType?: string
  userGroupIds?: string[]
  snapshotName?: string
  snapshotArns?: string[]
  tags?: Tags
}

export interface ModifyReplicationGroupRequest extends RequestedSettings {
  replicationGroupId: string
  /** False: node type and engine version wait for the maintenance window. */
  applyImmediately: boolean
  engine?: string
  authToken?: string
  authTokenUpdateStrategy?: string
  clusterMode?: string
  transitEncryptionEnabled?: boolean
  transitEncryptionMode?: string
  userGroupIdsToAdd?: string[]
}

export type ReplicationGroupStatus =
  | 'creating'
  | 'available'
  | 'modifying'
  | 'snapshotting'
  | 'deleting'
  | 'create-failed'

/** Facts of groups that this machine does not offer: cluster mode, users and global groups. */
type NotOffered =
  | 'clusterEnabled'
  | 'clusterMode'
  | 'configurationEndpoint'
  | 'userGroupIds'
  | 'globalReplicationGroupId'

/** DescribeReplicationGroups and DescribeCacheClusters in one: more than Terraform's attributes need. */
export interface ReplicationGroup extends Omit<DescribedGroup, NotOffered> {
  status: ReplicationGroupStatus
  /** Why a creation failed: on AWS an event of the group. */
  statusReason?: string
  createdAt: Date
  engine: 'redis' | 'valkey'
  /** One, as of every group without shards; none when the group has no nodes. */
  nodeGroups: NodeGroup[]
  /** AWS gives neither before the group is available. */
  primaryEndpoint?: Endpoint
  readerEndpoint?: Endpoint
  /** Of the creation with a token, or the last change of it. */
  authTokenLastModifiedDate?: Date
  transitEncryptionMode?: 'required'
  logDeliveryConfigurations: LogDeliveryConfiguration[]
  /** Changes that wait for the maintenance window, and the change of the token that is going on. */
  pendingModifiedValues: Partial<ModifiableSettings> & { authTokenStatus?: AuthTokenStatus }
}

/** While a group is `modifying` for a ROTATE or a SET. */
export type AuthTokenStatus = 'ROTATING' | 'SETTING'

export interface NodeGroup {
  nodeGroupId: string
  status: ReplicationGroupStatus
  /** AWS gives neither before the group is available. */
  primaryEndpoint?: Endpoint
  readerEndpoint?: Endpoint
  /** In the order of `memberClusters`. */
  nodeGroupMembers: NodeGroupMember[]
}

export interface NodeGroupMember {
  cacheClusterId: string
  cacheNodeId: string
  readEndpoint: Endpoint
  preferredAvailabilityZone: string
  currentRole: 'primary' | 'replica'
}

export interface Endpoint {
  address: string
  port: number
}
