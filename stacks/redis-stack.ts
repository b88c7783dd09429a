import { addAlarms } from './alarms.ts'
import {
  AwsProvider,
  type Construct,
  ElasticacheReplicationGroup,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
} from './cdktf.ts'
import { addLogs } from './logs.ts'
import { addParameterGroup } from './parameter-group.ts'
import { authTokenVariable, type RedisStackSpec } from './redis-stack-spec.ts'
import { addBackend } from './state-location.ts'

/** The token for those who don't know it: operators, whose Terraform has no use for it on a group that exists. */
const madeByTerraform = 'replace(join("", [uuid(), uuid()]), "-", "")'

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
