import { type AlarmsSpec, addAlarms } from './alarms.ts'
import {
  AwsProvider,
  type Construct,
  ElasticacheReplicationGroup,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
} from './cdktf.ts'
import { addLogs, type LogsSpec, logGroupPlaces } from './logs.ts'
import { addParameterGroup, type ParameterGroupSpec, parameterGroupPlace } from './parameter-group.ts'
import { addBackend, type StateLocation } from './state-location.ts'

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

/** The token for those who don't know it: operators, whose Terraform has no use for it on a group that exists. */
const madeByTerraform = 'replace(join("", [uuid(), uuid()]), "-", "")'

/** What a stack has beside its group and refuses to make a second time: where Terraform has it, by AWS's name for it. */
export function besideTheGroup(spec: RedisStackSpec): Record<string, string> {
  return { ...parameterGroupPlace(spec), ...logGroupPlaces(spec) }
}

export class RedisStack extends TerraformStack {
  constructor(scope: Construct, spec: RedisStackSpec) {
    super(scope, spec.name)

    addBackend(this, spec.state)
    new AwsProvider(this, 'aws', {
      region: spec.region,
      ...(spec.accountId ? { allowedAccountIds: [spec.accountId] } : {}),
    })
    // cdktf's class would ask for the version that it is made for.
    this.addOverride('terraform.required_providers.aws.version', spec.providerVersion)

    const token = new TerraformVariable(this, authTokenVariable, {
      type: 'string',
      sensitive: true,
      default: '',
    })
    const parameterGroup = addParameterGroup(this, spec)
    const logs = addLogs(this, spec)
    const group = new ElasticacheReplicationGroup(this, 'redis', {
      replicationGroupId: spec.replicationGroupId,
      description: spec.description,
      engine: spec.engine,
      engineVersion: spec.engineVersion,
      // AWS has no such upgrades below version 6.
      ...(isOlderThan6(spec.engineVersion)
        ? {}
        : { autoMinorVersionUpgrade: String(spec.autoMinorVersionUpgrade) }),
      nodeType: spec.nodeType,
      numCacheClusters: spec.nodes,
      automaticFailoverEnabled: spec.failover,
      multiAzEnabled: spec.multiAz,
      ...(spec.preferredZones ? { preferredCacheClusterAzs: spec.preferredZones } : {}),
      port: spec.port,
      subnetGroupName: spec.subnetGroupName,
      securityGroupIds: spec.securityGroupIds,
      ...(spec.networkType
        ? { networkType: spec.networkType, ipDiscovery: ipDiscovery[spec.networkType] }
        : {}),
      ...(spec.dataTiering ? { dataTieringEnabled: true } : {}),
      ...(parameterGroup ? { parameterGroupName: parameterGroup.name } : {}),
      atRestEncryptionEnabled: 'true',
      ...(spec.kmsKeyId ? { kmsKeyId: spec.kmsKeyId } : {}),
      transitEncryptionEnabled: true,
      // No update strategy: the provider refuses one beside a token that is unknown when it plans. A creation needs none,
      // and later changes of the token are the broker's own calls.
      authToken: `\${coalesce(${token.fqn}, ${madeByTerraform})}`,
      ...(spec.snapshotName ? { snapshotName: spec.snapshotName } : {}),
      snapshotWindow: spec.snapshotWindow,
      snapshotRetentionLimit: spec.snapshotRetention,
      maintenanceWindow: spec.maintenanceWindow,
      ...(logs.length > 0 ? { logDeliveryConfiguration: logs } : {}),
      ...(spec.notificationTopic ? { notificationTopicArn: spec.notificationTopic } : {}),
      // Without it AWS waits for the maintenance window while Terraform reports success.
      applyImmediately: true,
      tags: spec.tags,
      lifecycle: {
        // A group keeps the key and the snapshot that it was created with: others would be another group. Of the
        // token's strategy providers before 6.0 have a default. The last snapshot is named in the state alone, when the
        // group is to be deleted.
        ignoreChanges: [
          'kms_key_id',
          'snapshot_name',
          'final_snapshot_identifier',
          'auth_token',
          'auth_token_update_strategy',
        ],
        preventDestroy: !spec.deletable,
      },
    })

    addAlarms(this, spec, group)
    if (spec.adopting) group.importFrom(spec.replicationGroupId)

    const output = (name: string, value: string, sensitive = false) =>
      new TerraformOutput(this, name, { value, sensitive, staticId: true })
    output('hostname', group.primaryEndpointAddress)
    if (spec.nodes > 1) output('reader_hostname', group.readerEndpointAddress)
    output('port', `\${${group.fqn}.port}`)
    output('password', group.authToken, true)
    output('engine_version', group.engineVersionActual)
  }
}

const ipDiscovery = { ipv6: 'ipv6', dual_stack: 'ipv4' }

const isOlderThan6 = (version: string) => Number.parseInt(version, 10) < 6
