import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { type Catalog, serviceName } from '../catalog/catalog.ts'
import type { Plan } from '../catalog/plans.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget } from '../instances/instance.ts'
import { engineOf, numberOf, parameterGroupFamily } from '../model/engine-versions.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'
import type { OperationTarget } from '../model/operation.ts'
import { isTagValue, tagValue } from '../model/tag-value.ts'
import { redisParameters } from '../model/tuning.ts'
import { spreadWindow } from '../model/windows.ts'
import type { Settings } from '../settings/settings.ts'
import type { States } from '../states/states.ts'

type StackSettings = Pick<
  Settings,
  | 'AWS_REGION'
  | 'AWS_ACCOUNT_ID'
  | 'AWS_PROVIDER_VERSION'
  | 'REDIS_PORT'
  | 'REPLICATION_GROUP_PREFIX'
  | 'FINAL_SNAPSHOT_DAYS'
  | 'TAG_CLIENT'
  | 'TAG_BROKER'
  | 'TAG_ENVIRONMENT'
>

/** The values that the stacks of all instances share. */
export interface StackContext {
  settings: StackSettings
  catalog: Catalog
  /** Where their states live. */
  states: Pick<States, 'location'>
}

/** How a stack departs from the one that stays. */
export interface StackVariant {
  /** For the destruction of the group. */
  deletable?: boolean
  /** For a plan that takes the group that exists into the state. */
  adopting?: boolean
}

/** For the destruction of a group. */
export const destruction: StackVariant = { deletable: true }

export function replicationGroupId({ settings }: StackContext, instance: Instance): string {
  return instance.adoptedGroup ?? settings.REPLICATION_GROUP_PREFIX + instance.stack
}

/** The tag that names the service instance. */
export const instanceTag = 'Instance GUID'

/** The tags of everything that this broker makes, and no other broker of the account. */
export function brokerTags({ settings }: StackContext): Record<string, string> {
  return { broker: settings.TAG_BROKER }
}

/**
 * The tags that prove whose a replication group is. Of an id that is no value of a tag it is the stack's name, which
 * no other instance has.
 */
export function ownershipTags(context: StackContext, { id, stack }: Instance): Record<string, string> {
  return { ...brokerTags(context), [instanceTag]: isTagValue(id) ? id : stack }
}

/** The tags that prove in which organization and space something is. */
export function spaceTags({
  organizationGuid,
  spaceGuid,
}: Pick<Instance, 'organizationGuid' | 'spaceGuid'>): Record<string, string> {
  return { 'Organization GUID': tagValue(organizationGuid), 'Space GUID': tagValue(spaceGuid) }
}

/** The tags that prove whose something is, and where. */
export function placeTags(context: StackContext, instance: Instance): Record<string, string> {
  return { ...ownershipTags(context, instance), ...spaceTags(instance) }
}

/** The stack that makes an instance what the target says. The same for the broker and for operators. */
export function stackSpecOf(
  context: StackContext,
  instance: Instance,
  target: OperationTarget = currentTarget(instance),
  { deletable = false, adopting = false }: StackVariant = {},
): RedisStackSpec {
  const { settings, catalog, states } = context
  const plan = catalog.plan(target.planId)
  if (!plan) {
    throw new Error(
      `The plan ${target.planId} of instance ${instance.id} is no longer in the catalog. Put it back.`,
    )
  }
  return {
    name: instance.stack,
    providerVersion: settings.AWS_PROVIDER_VERSION,
    region: settings.AWS_REGION,
    ...(settings.AWS_ACCOUNT_ID ? { accountId: settings.AWS_ACCOUNT_ID } : {}),
    replicationGroupId: replicationGroupId(context, instance),
    description: `Redis of service instance ${instance.stack}`,
    engine: engineOf(target.parameters.engineVersion),
    engineVersion: numberOf(target.parameters.engineVersion),
    nodeType: plan.nodeType,
    nodes: plan.nodes,
    failover: plan.failover,
    multiAz: plan.multiAz,
    ...(plan.preferredZones ? { preferredZones: plan.preferredZones } : {}),
    port: settings.REDIS_PORT,
    subnetGroupName: plan.subnetGroup,
    securityGroupIds: plan.securityGroups,
    ...(plan.networkType === 'ipv4' ? {} : { networkType: plan.networkType }),
    dataTiering: plan.dataTiering,
    autoMinorVersionUpgrade: plan.autoMinorVersionUpgrade,
    ...parameterGroup(plan, target.parameters),
    ...(plan.kmsKeyId ? { kmsKeyId: plan.kmsKeyId } : {}),
    ...startsFrom(instance, target),
    snapshotRetention: plan.snapshotRetention,
    snapshotWindow: plan.snapshotWindow,
    maintenanceWindow: maintenanceWindow(plan, instance.id, target.parameters),
    logs: plan.logs,
    ...(plan.notificationTopic ? { notificationTopic: plan.notificationTopic } : {}),
    ...(plan.alarms && plan.alarmTopic ? { alarms: { ...plan.alarms, topic: plan.alarmTopic } } : {}),
    tags: {
      ...plan.tags,
      ...tags(settings, plan.name, instance, target),
      ...placeTags(context, instance),
    },
    state: states.location(instance.stack),
    deletable,
    adopting,
  }
}

/** Only of a creation: a Redis that is made anew after it was gone is empty. */
function startsFrom(
  { outputs }: Instance,
  { parameters: { restoredFrom }, createAnew }: OperationTarget,
): Pick<RedisStackSpec, 'snapshotName'> {
  return outputs || createAnew || !restoredFrom ? {} : { snapshotName: restoredFrom.snapshot }
}

/** None, so that AWS's own is left alone, unless something in it is another than AWS's. */
function parameterGroup(
  { parameters: ofPlan }: Plan,
  { engineVersion, tuning }: InstanceParameters,
): Pick<RedisStackSpec, 'parameterGroup'> {
  if (!ofPlan && !tuning) return {}
  const all = Object.entries({ ...ofPlan, ...redisParameters(tuning ?? {}) })
  // What is empty is so by itself, and AWS takes no empty values.
  const values = Object.fromEntries(all.filter(([, value]) => value !== ''))
  return { parameterGroup: { family: parameterGroupFamily(engineVersion), values } }
}

function maintenanceWindow(plan: Plan, id: string, { maintenanceWindow: own }: InstanceParameters): string {
  if (own) return own
  return plan.maintenanceWindow === 'spread' ? spreadWindow(id, plan.snapshotWindow) : plan.maintenanceWindow
}

function tags(
  settings: StackSettings,
  planName: string,
  instance: Instance,
  { context, updatedAt }: OperationTarget,
): Record<string, string> {
  const all: Record<string, string | undefined> = {
    client: settings.TAG_CLIENT,
    environment: settings.TAG_ENVIRONMENT,
    'Service offering name': serviceName,
    'Service plan name': planName,
    'Instance name': context.instance_name,
    'Space name': context.space_name,
    'Organization name': context.organization_name,
    'Created at': instance.createdAt.toISOString(),
    'Updated at': updatedAt,
  }
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value ? [[key, tagValue(value)]] : [])),
  )
}
