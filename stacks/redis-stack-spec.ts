import type { AlarmsSpec } from './alarms.ts'
import type { LogsSpec } from './logs.ts'
import type { ParameterGroupSpec } from './parameter-group.ts'
import type { StateLocation } from './state-location.ts'

/** Everything that the stack of one Redis instance depends on. The same values give the same bytes. */
export interface RedisStackSpec {
  /** cdktf's name for the stack, and the name of its state. */
  name: string
  /** Exactly this one of HashiCorp's AWS provider. */
  providerVersion: string
  region: string
  /** The only AWS account that terraform may do this in, 12 digits; any by default. */
  accountId?: string
  /** 1-40 characters, lower case: AWS lowers it, and a difference would be a replacement. */
  replicationGroupId: string
  description: string
  engine: 'redis' | 'valkey'
  engineVersion: string
  nodeType: string
  /** All nodes: the primary and its replicas. */
  nodes: number
  failover: boolean
  multiAz: boolean
  /** One for each node, the primary's first. AWS chooses by default, and of nodes that come later. */
  preferredZones?: string[]
  port: number
  subnetGroupName: string
  securityGroupIds: string[]
  /** IPv4 by default. */
  networkType?: 'ipv6' | 'dual_stack'
  /** Values that are seldom used go to disks of the nodes. */
  dataTiering: boolean
  /** Whether AWS may upgrade the group to a newer minor version by itself. */
  autoMinorVersionUpgrade: boolean
  /** ARN of the KMS key that a new group is encrypted with; AWS's own by default. A group that exists keeps its own. */
  kmsKeyId?: string
  /** Of the instance's own; AWS's for the version by default. */
  parameterGroup?: ParameterGroupSpec
  /** The snapshot that a new group starts from, by AWS's name. A group that exists is not concerned. */
  snapshotName?: string
  /** Days that daily snapshots are kept; 0 for none. */
  snapshotRetention: number
  /** The two windows may touch and must not overlap. */
  snapshotWindow: string
  maintenanceWindow: string
  /** Logs that go to CloudWatch. */
  logs: LogsSpec
  /** ARN of the SNS topic for the group's events. */
  notificationTopic?: string
  alarms?: AlarmsSpec
  tags: Record<string, string>
  state: StateLocation
  /** True only in the stack that a deprovision destroys. */
  deletable: boolean
  /** True only in a stack that is planned before a group that exists is taken into the state. */
  adopting: boolean
}

/**
 * The variable that the broker gives the auth token in, through the environment of the one process that creates the
 * group: known when Terraform plans, hidden in what it prints, and in no file but the state.
 */
export const authTokenVariable = 'auth_token'
