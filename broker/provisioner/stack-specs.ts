import type { RedisStackSpec } from '../../stacks/redis-stack-spec.ts'
import { type Catalog, serviceName } from '../catalog/catalog.ts'
import type { Plan } from '../catalog/plans.ts'
import type { Instance } from '../instances/instance.ts'
import { currentTarget } from '../instances/instance.ts'
import { engineOf, numberOf, parameterGroupFamily } from '../model/engine-versions.ts'
import type { InstanceParameters } from '../model/instance-parameters.ts'
import type { OperationTarget } from '../model/operation.ts'
import { tagValue } from '../model/tag-value.ts'
import { redisParameters } from '../model/tuning.ts'
import { spreadWindow } from '../model/windows.ts'
import type { Settings } from '../settings/settings.ts'
import type { States } from '../states/states.ts'
import { type Naming, placeTags, replicationGroupId } from './naming.ts'

type StackSettings = Pick<
  Settings,
  'AWS_REGION' | 'AWS_ACCOUNT_ID' | 'AWS_PROVIDER_VERSION' | 'REDIS_PORT' | 'TAG_CLIENT' | 'TAG_ENVIRONMENT'
>

/** The values that the stacks of all instances share. */
export interface StackSpecsOptions {
  settings: StackSettings
  catalog: Catalog
  naming: Naming
  /** Where the states live. */
  states: Pick<States, 'location'>
}

/** The differences of a stack from the instance's usual one. */
export interface StackVariant {
  /** For the destruction of the group. */
  deletable?: boolean
  /** For a plan that takes the group that exists into the state. */
  adopting?: boolean
}

/** For the destruction of a group. */
export const destruction: StackVariant = { deletable: true }

/** The stacks of instances, as data. The same for the broker and for operators. */
export class StackSpecs {
  readonly #options: StackSpecsOptions

  constructor(options: StackSpecsOptions) {
    this.#options = options
  }

  /**
   * The stack that makes an instance what the target says.
   * @throws Error when the plan is no longer in the catalog
   */
  of(
    instance: Instance,
    target: OperationTarget = currentTarget(instance),
    { deletable = false, adopting = false }: StackVariant = {},
  ): RedisStackSpec {
    const { settings, catalog, naming, states } = this.#options
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
      replicationGroupId: replicationGroupId(naming, instance),
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
        ...placeTags(naming, instance),
      },
      state: states.location(instance.stack),
      deletable,
      adopting,
    }
  }
}

/** The snapshot that a creation starts from. A Redis that is made anew after it was gone is empty. */
function startsFrom(
  { outputs }: Instance,
  { parameters: { restoredFrom }, createAnew }: OperationTarget,
): Pick<RedisStackSpec, 'snapshotName'> {
  return outputs || createAnew || !restoredFrom ? {} : { snapshotName: restoredFrom.snapshot }
}

/** A parameter group of the instance's own, where a value differs from AWS's; otherwise the group has AWS's. */
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
