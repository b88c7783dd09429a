import {
  AwsProvider,
  type Construct,
  ElasticacheReplicationGroup,
  TerraformOutput,
  TerraformStack,
} from './cdktf.ts'
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
  engineVersion: string
  nodeType: string
  /** All nodes: the primary and its replicas. */
  nodes: number
  port: number
  subnetGroupName: string
  securityGroupIds: string[]
  /** ARN of the KMS key that a new group is encrypted with; AWS's own by default. A group that exists keeps its own. */
  kmsKeyId?: string
  tags: Record<string, string>
  state: StateLocation
  /** True only in the stack that a deprovision destroys. */
  deletable: boolean
  /** True only in a stack that is deployed to make a new auth token. */
  renewToken: boolean
  /** True only in a stack that is planned before a group that exists is taken into the state. */
  adopting: boolean
}

/**
 * Terraform makes the token itself when it creates the group: 64 hexadecimal characters that are in no
 * configuration, plan or variable. `ignore_changes` keeps every later plan from making another, unless one
 * is wanted.
 */
const generatedAuthToken = `\${replace("\${uuid()}\${uuid()}", "-", "")}`

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

    const hasReplicas = spec.nodes > 1
    const group = new ElasticacheReplicationGroup(this, 'redis', {
      replicationGroupId: spec.replicationGroupId,
      description: spec.description,
      engine: 'redis',
      engineVersion: spec.engineVersion,
      nodeType: spec.nodeType,
      numCacheClusters: spec.nodes,
      automaticFailoverEnabled: hasReplicas,
      multiAzEnabled: hasReplicas,
      port: spec.port,
      subnetGroupName: spec.subnetGroupName,
      securityGroupIds: spec.securityGroupIds,
      atRestEncryptionEnabled: 'true',
      ...(spec.kmsKeyId ? { kmsKeyId: spec.kmsKeyId } : {}),
      transitEncryptionEnabled: true,
      authToken: generatedAuthToken,
      // Only SET leaves exactly one token valid; kept from the start so that nothing toggles later.
      authTokenUpdateStrategy: 'SET',
      // Daily snapshots; the two windows touch and must not overlap.
      snapshotWindow: '06:00-07:00',
      snapshotRetentionLimit: 3,
      maintenanceWindow: 'mon:07:00-mon:08:00',
      // Without it AWS waits for the maintenance window while Terraform reports success.
      applyImmediately: true,
      tags: spec.tags,
      lifecycle: {
        // A group keeps the key that it was created with: another one would be another group.
        ignoreChanges: ['kms_key_id', ...(spec.renewToken ? [] : ['auth_token'])],
        preventDestroy: !spec.deletable,
      },
    })

    if (spec.adopting) group.importFrom(spec.replicationGroupId)

    const output = (name: string, value: string, sensitive = false) =>
      new TerraformOutput(this, name, { value, sensitive, staticId: true })
    output('hostname', group.primaryEndpointAddress)
    if (hasReplicas) output('reader_hostname', group.readerEndpointAddress)
    output('port', `\${${group.fqn}.port}`)
    output('password', group.authToken, true)
    output('engine_version', group.engineVersionActual)
  }
}
