import type { Plan, PlanRequest } from '../../plugin/provider.ts'
import { type ObjectValue, sameValue, UNKNOWN, type Value } from '../../plugin/values.ts'
import type { Context } from '../context.ts'
import { tagsAll } from '../tags.ts'
import { isDowngrade, isOlderThan } from './engine-version.ts'
import { FORCE_NEW, schema } from './schema.ts'

const { attributes } = schema.block
const DEFAULT_PORT = 6379
const DEFAULTS: ObjectValue = { automatic_failover_enabled: false, multi_az_enabled: false }

/** The provider's plan, its conditional replacements and its checks across attributes included. */
export function plan(context: Context, { prior, proposed, config }: PlanRequest): Plan {
  const planned: ObjectValue = { ...proposed }
  for (const [name, value] of Object.entries(DEFAULTS)) planned[name] ??= value
  for (const name of ['replication_group_id', 'maintenance_window']) {
    if (typeof planned[name] === 'string') planned[name] = planned[name].toLowerCase()
  }
  planned.tags_all = tagsAll(context.defaultTags, planned.tags)
  planned.region = config.region ?? context.region

  if (prior) keepUnsetValues(planned, prior, config)
  else expectComputedValues(planned, config)
  checkCombinations(planned, config)

  const changed = (name: string) => prior !== null && !same(name, prior[name], planned[name])
  if (['num_cache_clusters', 'num_node_groups', 'replicas_per_node_group'].some(changed)) {
    planned.member_clusters = UNKNOWN
    // On AWS the name stays and leads elsewhere. Here it is an address, which may change with the nodes.
    planned.reader_endpoint_address = UNKNOWN
  }
  const requiresReplace = FORCE_NEW.filter(changed)
  if (changed('engine_version') && prior && downgrades(prior, planned)) requiresReplace.push('engine_version')
  if (changed('transit_encryption_enabled') && isOlderThan(String(prior?.engine_version_actual), '7.0.5')) {
    requiresReplace.push('transit_encryption_enabled')
  }
  if (changed('node_group_configuration')) requiresReplace.push('node_group_configuration')
  return { planned, requiresReplace }
}

function expectComputedValues(planned: ObjectValue, config: ObjectValue): void {
  if (isEmpty(config.node_group_configuration)) planned.node_group_configuration = UNKNOWN
  for (const [name, { computed }] of Object.entries(attributes)) {
    const decided = planned[name] !== null && planned[name] !== undefined
    if (computed && !decided && (config[name] ?? null) === null) planned[name] = UNKNOWN
  }
}

/** Keeps the values that the configuration leaves open, where the provider sees no difference in them. */
function keepUnsetValues(planned: ObjectValue, prior: ObjectValue, config: ObjectValue): void {
  const unset = (name: string) => (config[name] ?? null) === null
  if (unset('port') && prior.port === DEFAULT_PORT) planned.port = DEFAULT_PORT
  if (unset('snapshot_retention_limit') && prior.snapshot_retention_limit === 0)
    planned.snapshot_retention_limit = 0
  if (unset('security_group_ids')) planned.security_group_ids = prior.security_group_ids ?? null
  if (isEmpty(config.node_group_configuration)) {
    planned.node_group_configuration = prior.node_group_configuration ?? []
  }
}

function isEmpty(blocks: Value | undefined): boolean {
  return Array.isArray(blocks) && blocks.length === 0
}

function checkCombinations(planned: ObjectValue, config: ObjectValue): void {
  if (planned.multi_az_enabled === true && planned.automatic_failover_enabled === false) {
    throw new Error('automatic_failover_enabled must be true if multi_az_enabled is true')
  }
  const nodes = config.num_cache_clusters
  if (planned.automatic_failover_enabled === true && typeof nodes === 'number' && nodes < 2) {
    throw new Error('"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true')
  }
  // Since 6.0 the provider takes a token that is known only after the apply for one that is missing.
  const hasToken = typeof config.auth_token === 'string'
  const strategy = planned.auth_token_update_strategy ?? null
  if (strategy === 'DELETE' && hasToken) {
    throw new Error('"auth_token" must not be specified when "auth_token_update_strategy" is "DELETE"')
  }
  if (strategy !== null && strategy !== 'DELETE' && strategy !== UNKNOWN && !hasToken) {
    throw new Error('"auth_token_update_strategy": "auth_token" must be specified')
  }
}

function downgrades(prior: ObjectValue, planned: ObjectValue): boolean {
  const [from, to] = [prior.engine_version, planned.engine_version]
  if (typeof from !== 'string' || typeof to !== 'string') return false
  return isDowngrade(from, to, String(prior.engine_version_actual))
}

/** Sets have no order, and an unset value equals the zero of its type. */
export function same(name: string, a: Value | undefined, b: Value | undefined): boolean {
  return sameValue(comparable(name, a), comparable(name, b))
}

function comparable(name: string, value: Value | undefined): Value {
  const type = attributes[name]?.type
  if (value === '' || value === 0 || value === false || value === undefined) return null
  if (!Array.isArray(value)) return value
  if (value.length === 0) return null
  if (Array.isArray(type) && type[0] === 'list') return value
  return value.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
}
