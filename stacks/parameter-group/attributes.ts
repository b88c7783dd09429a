/** A parameter group as AWS tells of it, in DescribeCacheParameterGroups and DescribeCacheParameters. */
export interface DescribedParameterGroup {
  name: string
  arn: string
  region: string
  family: string
  description: string
  /** Those that somebody has set, also to what AWS has by itself. */
  values: Record<string, string>
}

/**
 * The attributes of a parameter group after a refresh: those of `aws_elasticache_parameter_group`, but for its tags.
 * As with groups, the one place that knows, for the provider of one machine and for the bulk look.
 */
export function parameterGroupAttributes(group: DescribedParameterGroup) {
  return {
    id: group.name,
    name: group.name,
    arn: group.arn,
    region: group.region,
    family: group.family,
    description: group.description,
    parameter: parameterBlocks(group.values),
  }
}

/** In order, so that the same set is the same value. */
function parameterBlocks(values: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(values)
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}
