import { type Construct, ElasticacheParameterGroup } from './cdktf.ts'

export interface ParameterGroupSpec {
  /** Such as redis6.x: it goes with the engine version. */
  family: string
  /** By ElastiCache's names. */
  values: Record<string, string>
}

interface Spec {
  replicationGroupId: string
  parameterGroup?: ParameterGroupSpec
  tags: Record<string, string>
}

function parameterGroupName(replicationGroupId: string, family: string): string {
  return `${replicationGroupId}-${family.replace('.', '-')}`
}

/** Where Terraform has it, by AWS's name for it. */
export function parameterGroupPlace({ replicationGroupId, parameterGroup }: Spec): Record<string, string> {
  if (!parameterGroup) return {}
  return {
    'aws_elasticache_parameter_group.parameters': parameterGroupName(
      replicationGroupId,
      parameterGroup.family,
    ),
  }
}

/** A parameter group of the instance's own. AWS changes its values while Redis runs. */
export function addParameterGroup(scope: Construct, spec: Spec): ElasticacheParameterGroup | undefined {
  if (!spec.parameterGroup) return undefined
  const { family, values } = spec.parameterGroup
  return new ElasticacheParameterGroup(scope, 'parameters', {
    // Another family is another group, which has to be there before the Redis leaves the old one: so its name tells it.
    name: parameterGroupName(spec.replicationGroupId, family),
    family,
    description: `Parameters of the replication group ${spec.replicationGroupId}`,
    parameter: Object.entries(values)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    tags: spec.tags,
    lifecycle: { createBeforeDestroy: true },
  })
}
