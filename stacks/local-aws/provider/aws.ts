import type { Provider } from '../plugin/provider.ts'
import { type ObjectValue, UNKNOWN } from '../plugin/values.ts'
import type { ElastiCache } from '../service/elasticache.ts'
import type { Context } from './context.ts'
import { logGroup } from './log-group/resource.ts'
import { metricAlarm } from './metric-alarm/resource.ts'
import { parameterGroup } from './parameter-group/resource.ts'
import { replicationGroup } from './replication-group/resource.ts'
import { schema } from './schema.ts'
import type { Tags } from './tags.ts'

/** The provider that stands at the address of HashiCorp's AWS provider. */
export function awsProvider(elastiCache: ElastiCache): Provider {
  let interruption = new AbortController()
  const context: Context = { elastiCache, region: '', defaultTags: {}, interrupted: interruption.signal }
  return {
    schema,
    resources: {
      aws_cloudwatch_log_group: logGroup(context),
      aws_cloudwatch_metric_alarm: metricAlarm(context),
      aws_elasticache_parameter_group: parameterGroup(context),
      aws_elasticache_replication_group: replicationGroup(context),
    },
    configure(config) {
      context.region = regionOf(config)
      context.defaultTags = defaultTagsOf(config)
    },
    stop() {
      interruption.abort()
      // A provider that serves several runs goes on with the next one.
      interruption = new AbortController()
      context.interrupted = interruption.signal
    },
  }
}

function regionOf({ region }: ObjectValue): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  const found = (region === UNKNOWN ? null : region) || AWS_REGION || AWS_DEFAULT_REGION
  if (typeof found !== 'string') {
    throw new Error('Missing region configuration: set region in the provider block or AWS_REGION.')
  }
  return found
}

function defaultTagsOf({ default_tags }: ObjectValue): Tags {
  const [block] = Array.isArray(default_tags) ? (default_tags as ObjectValue[]) : []
  return { ...(block?.tags as Tags | null | undefined) }
}
