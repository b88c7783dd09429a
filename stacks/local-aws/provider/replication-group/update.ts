import type { Applied } from '../../plugin/provider.ts'
import type { ObjectValue } from '../../plugin/values.ts'
import { isFault } from '../../service/faults.ts'
import type { ModifiableSettings } from '../../service/types.ts'
import { calling } from '../calling.ts'
import type { Context } from '../context.ts'
import { type Tags, tagChanges } from '../tags.ts'
import { knownValues } from './create.ts'
import { same } from './plan.ts'
import { read } from './read.ts'
import { flag, given, integer, logDelivery, text, texts } from './request.ts'
import { timeout } from './timeouts.ts'
import { waitUntilAvailable } from './wait.ts'

/**
 * The provider's order: tags, replicas up, ordinary settings, the token, replicas down; each step waits for
 * `available` before and after it. When a step fails, the state gets the planned values all the same, as with
 * the real provider; the next refresh puts right all but the token, which cannot be read back.
 */
export async function update(context: Context, prior: ObjectValue, planned: ObjectValue): Promise<Applied> {
  const attempted = { ...prior, ...knownValues(planned) }
  const id = String(prior.id)
  const available = () => waitUntilAvailable(context, id, 'update', timeout(planned, 'update'))
  try {
    await updateTags(context, prior, planned)
    for (const step of updateSteps(context, id, prior, planned)) {
      await available()
      await step()
      await available()
    }
    return { state: await read(context, attempted) }
  } catch (error) {
    return { state: attempted, error }
  }
}

type Step = () => Promise<void>

function updateSteps({ elastiCache }: Context, id: string, prior: ObjectValue, planned: ObjectValue): Step[] {
  const nodesBefore = integer(prior.num_cache_clusters) ?? 0
  const nodes = integer(planned.num_cache_clusters) ?? nodesBefore
  const replicas = { replicationGroupId: id, newReplicaCount: nodes - 1 }
  const steps: Step[] = []

  if (nodes > nodesBefore) {
    const action = `increasing ElastiCache Replication Group (${id}) replica count (${nodes - 1})`
    steps.push(() =>
      calling(action, 'IncreaseReplicaCount', () => elastiCache.increaseReplicaCount(replicas)),
    )
  }

  const changes = changedSettings(prior, planned)
  if (Object.keys(changes).length > 0) {
    const applyImmediately = flag(planned.apply_immediately) ?? false
    steps.push(() =>
      modify(`modifying ElastiCache Replication Group (${id})`, () =>
        elastiCache.modifyReplicationGroup({ replicationGroupId: id, applyImmediately, ...changes }),
      ),
    )
  }

  const tokenChanged = ['auth_token', 'auth_token_update_strategy'].some((name) =>
    changed(name, prior, planned),
  )
  const strategy = text(planned.auth_token_update_strategy)
  if (tokenChanged && strategy !== 'DELETE') {
    const token = {
      authToken: String(planned.auth_token ?? ''),
      ...(strategy && { authTokenUpdateStrategy: strategy }),
    }
    steps.push(() =>
      modify(`modifying ElastiCache Replication Group (${id}) authentication`, () =>
        elastiCache.modifyReplicationGroup({ replicationGroupId: id, applyImmediately: true, ...token }),
      ),
    )
  }

  if (nodes < nodesBefore) {
    const action = `decreasing ElastiCache Replication Group (${id}) replica count (${nodes - 1})`
    steps.push(() =>
      calling(action, 'DecreaseReplicaCount', () => elastiCache.decreaseReplicaCount(replicas)),
    )
  }
  return steps
}

/** Somebody may have made the same change by hand already: that counts as success. */
async function modify(action: string, call: () => Promise<void>): Promise<void> {
  await calling(action, 'ModifyReplicationGroup', async () => {
    try {
      await call()
    } catch (error) {
      const nothingToDo =
        isFault(error, 'InvalidParameterCombination') &&
        error.message.includes('No modifications were requested')
      if (!nothingToDo) throw error
    }
  })
}

function changedSettings(prior: ObjectValue, planned: ObjectValue): Partial<ModifiableSettings> {
  const settings: [string, () => Partial<Record<string, unknown>>][] = [
    [
      'auto_minor_version_upgrade',
      () => ({ autoMinorVersionUpgrade: flag(planned.auto_minor_version_upgrade) }),
    ],
    [
      'automatic_failover_enabled',
      () => ({ automaticFailoverEnabled: flag(planned.automatic_failover_enabled) }),
    ],
    ['cluster_mode', () => ({ clusterMode: text(planned.cluster_mode) })],
    ['description', () => ({ replicationGroupDescription: text(planned.description) })],
    ['engine', () => ({ engine: text(planned.engine) })],
    ['engine_version', () => ({ engineVersion: text(planned.engine_version) })],
    ['ip_discovery', () => ({ ipDiscovery: text(planned.ip_discovery) })],
    [
      'log_delivery_configuration',
      () => ({ logDeliveryConfigurations: logDelivery(planned.log_delivery_configuration) }),
    ],
    ['maintenance_window', () => ({ preferredMaintenanceWindow: text(planned.maintenance_window) })],
    ['multi_az_enabled', () => ({ multiAZEnabled: flag(planned.multi_az_enabled) })],
    ['node_type', () => ({ cacheNodeType: text(planned.node_type) })],
    ['notification_topic_arn', () => ({ notificationTopicArn: text(planned.notification_topic_arn) ?? '' })],
    ['parameter_group_name', () => ({ cacheParameterGroupName: text(planned.parameter_group_name) })],
    ['security_group_ids', () => ({ securityGroupIds: texts(planned.security_group_ids) })],
    [
      'snapshot_retention_limit',
      () => ({ snapshotRetentionLimit: integer(planned.snapshot_retention_limit) ?? 0 }),
    ],
    ['snapshot_window', () => ({ snapshotWindow: text(planned.snapshot_window) })],
    [
      'transit_encryption_enabled',
      () => ({ transitEncryptionEnabled: flag(planned.transit_encryption_enabled) }),
    ],
    ['transit_encryption_mode', () => ({ transitEncryptionMode: text(planned.transit_encryption_mode) })],
    ['user_group_ids', () => ({ userGroupIdsToAdd: texts(planned.user_group_ids) })],
  ]
  const changes = settings.filter(([name]) => changed(name, prior, planned)).map(([, value]) => value())
  return given(Object.assign({}, ...changes))
}

function changed(name: string, prior: ObjectValue, planned: ObjectValue): boolean {
  return !same(name, prior[name], planned[name])
}

async function updateTags({ elastiCache }: Context, prior: ObjectValue, planned: ObjectValue): Promise<void> {
  const { removed, changed } = tagChanges((prior.tags_all ?? {}) as Tags, (planned.tags_all ?? {}) as Tags)
  const resourceName = String(prior.arn)
  const action = `updating tags for ElastiCache Replication Group (${resourceName})`
  if (removed.length > 0) {
    await calling(action, 'RemoveTagsFromResource', () =>
      elastiCache.removeTagsFromResource({ resourceName, tagKeys: removed }),
    )
  }
  if (Object.keys(changed).length > 0) {
    await calling(action, 'AddTagsToResource', () =>
      elastiCache.addTagsToResource({ resourceName, tags: changed }),
    )
  }
}
