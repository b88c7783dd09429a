import type { RedisStackSpec } from '../../stacks/redis-stack.ts'
import { type Catalog, serviceName } from '../catalog/catalog.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget, type OperationTarget } from '../instances/operation.ts'
import type { Settings } from '../settings.ts'
import { startOf } from '../shorten.ts'
import type { States } from '../states/states.ts'

type StackSettings = Pick<
  Settings,
  | 'AWS_REGION'
  | 'SUBNET_GROUP'
  | 'SECURITY_GROUPS'
  | 'REDIS_PORT'
  | 'REPLICATION_GROUP_PREFIX'
  | 'TAG_CLIENT'
  | 'TAG_BROKER'
  | 'TAG_ENVIRONMENT'
>

/** What the stacks of all instances have in common. */
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
  /** For a deploy that makes a new auth token and drops the old one. */
  renewToken?: boolean
  /** For a plan that takes the group that exists into the state. */
  adopting?: boolean
}

/**
 * For the destruction of a group. One without a known token, as after an import, would not pass the provider's
 * checks with `SET` otherwise.
 */
export const destruction: StackVariant = { deletable: true, renewToken: true }

export function replicationGroupId({ settings }: StackContext, instance: Instance): string {
  return instance.adoptedGroup ?? settings.REPLICATION_GROUP_PREFIX + instance.stack
}

/** The tag that names the service instance. */
export const instanceTag = 'Instance GUID'

/** The tags of everything that this broker makes, and no other broker of the account. */
export function brokerTags({ settings }: StackContext): Record<string, string> {
  return { broker: tagValue(settings.TAG_BROKER) }
}

/** The tags that prove whose a replication group is. */
export function ownershipTags(context: StackContext, instance: Instance): Record<string, string> {
  return { ...brokerTags(context), [instanceTag]: tagValue(instance.id) }
}

/** The stack that makes an instance what the target says. The same for the broker and for operators. */
export function stackSpecOf(
  context: StackContext,
  instance: Instance,
  target: OperationTarget = currentTarget(instance),
  { deletable = false, renewToken = false, adopting = false }: StackVariant = {},
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
    region: settings.AWS_REGION,
    replicationGroupId: replicationGroupId(context, instance),
    description: `Redis of service instance ${instance.stack}`,
    engineVersion: target.parameters.engineVersion,
    nodeType: plan.nodeType,
    nodes: plan.nodes,
    port: settings.REDIS_PORT,
    subnetGroupName: settings.SUBNET_GROUP,
    securityGroupIds: settings.SECURITY_GROUPS,
    tags: { ...tags(settings, plan.name, instance, target), ...ownershipTags(context, instance) },
    state: states.location(instance.stack),
    deletable,
    renewToken,
    adopting,
  }
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
    'Space GUID': instance.spaceGuid,
    'Space name': context.space_name,
    'Organization GUID': instance.organizationGuid,
    'Organization name': context.organization_name,
    'Created at': instance.createdAt.toISOString(),
    'Updated at': updatedAt,
  }
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value ? [[key, tagValue(value)]] : [])),
  )
}

/** AWS takes letters, digits, spaces and `_.:/=+-@`, at most 256 characters. */
function tagValue(value: string): string {
  const allowed = value.replace(/[^\p{L}\p{N}\p{Z}_.:/=+\-@]/gu, '_')
  return startOf(allowed, 256)
}
