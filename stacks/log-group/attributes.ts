/** A log group as AWS tells of it, in DescribeLogGroups. */
export interface DescribedLogGroup {
  name: string
  /** Without the asterisk that it has in some answers. */
  arn: string
  region: string
  logGroupClass: string
  kmsKeyId?: string
  /** Absent where logs are kept for ever. */
  retentionInDays?: number
  deletionProtectionEnabled?: boolean
}

/** The attributes of `aws_cloudwatch_log_group` after a refresh, but for its tags. */
export function logGroupAttributes(group: DescribedLogGroup) {
  return {
    id: group.name,
    name: group.name,
    // Read out of the name, where it ends as Terraform ends the names that it makes up.
    name_prefix: '',
    arn: group.arn,
    region: group.region,
    kms_key_id: group.kmsKeyId ?? null,
    retention_in_days: group.retentionInDays ?? 0,
    log_group_class: group.logGroupClass,
    deletion_protection_enabled: group.deletionProtectionEnabled ?? false,
  }
}
