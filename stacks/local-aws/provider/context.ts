import type { ElastiCache } from '../service/elasticache.ts'
import type { Tags } from './tags.ts'

/** The context of all resources of the provider. The settings are there once it has been configured. */
export interface Context {
  elastiCache: ElastiCache
  region: string
  defaultTags: Tags
  /** Aborted when Terraform is interrupted: the waits of the calls that run then end. */
  interrupted: AbortSignal
}
