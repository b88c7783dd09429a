/**
 * The one module that imports cdktf, beside cdktf-bucket.ts. HashiCorp archived CDKTF in December 2025; moving to
 * its continuation is an edit of these files.
 *
 * The provider's classes come by their deep paths: the package's root would load every AWS resource.
 */
export { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js'
export { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js'
export { ElasticacheParameterGroup } from '@cdktf/provider-aws/lib/elasticache-parameter-group/index.js'
export { ElasticacheReplicationGroup } from '@cdktf/provider-aws/lib/elasticache-replication-group/index.js'
export { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js'
export {
  App,
  HttpBackend,
  PgBackend,
  S3Backend,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
} from 'cdktf'
export type { Construct } from 'constructs'
