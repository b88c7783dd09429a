import { createHash } from 'node:crypto'
import type { Settings } from '../settings/settings.ts'
import { draft04, type ParameterSchemas, parameterSchemas } from './parameters.ts'
import { type Plan, type PlanSettings, readPlans } from './plans.ts'
import { dollarsPerBlock, includedNodes, nodesPerBlock } from './price.ts'

export const serviceId = 'cda65825-e357-4a93-a24b-9ab138d97815'
export const serviceName = 'aws-elasticache-redis'

/** The version of the stack code that new and upgraded instances get. Raise it when the stack changes. */
export const maintenanceVersion = '1.1.0'

/**
 * Seconds after which a platform gives an operation up. Above the longest operation (a creation may
 * take AWS 60 minutes) with its wait in the queue; Cloud Controller fails plans with 60 or less.
 */
const maximumPollingDuration = 4 * 3600

export interface Catalog {
  plans: Plan[]
  plan(id: string): Plan | undefined
  /** The parameters that users of a plan may give. */
  parameters(plan: Plan): ParameterSchemas
  /** The body of GET /v2/catalog. */
  body: { services: Record<string, unknown>[] }
  /** The same as JSON, and its entity tag: made once, since nothing changes them. */
  json: string
  etag: string
}

type CatalogSettings = PlanSettings & Pick<Settings, 'DOCUMENTATION_URL'>

/** @throws Error when the plans file is wrong. */
export function loadCatalog(settings: CatalogSettings): Catalog {
  const plans = readPlans(settings)
  const byId = new Map(plans.map((plan) => [plan.id, plan]))
  const schemas = new Map(plans.map((plan) => [plan, parameterSchemas(plan)]))
  const parameters = (plan: Plan) => schemas.get(plan) ?? parameterSchemas(plan)
  const body = { services: [offering(settings, plans, parameters)] }
  const json = JSON.stringify(body)
  const etag = `"${createHash('sha256').update(json).digest('base64url')}"`
  return { plans, plan: (id) => byId.get(id), parameters, body, json, etag }
}

function offering(
  settings: CatalogSettings,
  plans: Plan[],
  parameters: Catalog['parameters'],
): Record<string, unknown> {
  return {
    id: serviceId,
    name: serviceName,
    description: 'AWS Elasticache Redis: an in-memory data structure store',
    bindable: true,
    plan_updateable: true,
    instances_retrievable: true,
    bindings_retrievable: true,
    allow_context_updates: true,
    tags: ['redis', 'Elasticache', 'AWS'],
    metadata: {
      displayName: 'AWS ElastiCache Redis',
      longDescription:
        'Redis on AWS ElastiCache, encrypted at rest and in transit, with daily snapshots. Plans with replicas fail over by themselves.',
      providerDisplayName: 'AWS ElastiCache',
      documentationUrl: settings.DOCUMENTATION_URL,
      shareable: true,
    },
    plans: plans.map((plan) => ({
      id: plan.id,
      name: plan.name,
      description: plan.description,
      free: plan.free ?? false,
      bindable: true,
      binding_rotatable: true,
      plan_updateable: true,
      maximum_polling_duration: maximumPollingDuration,
      maintenance_info: {
        version: maintenanceVersion,
        description: 'Brings the instance to the settings of this broker version. Data is kept.',
      },
      metadata: planMetadata(plan),
      schemas: schemasOf(parameters(plan)),
    })),
  }
}

function schemasOf({ create, update, binding }: ParameterSchemas): Record<string, unknown> {
  return {
    service_instance: {
      create: { parameters: draft04(create) },
      update: { parameters: draft04(update) },
    },
    service_binding: { create: { parameters: draft04(binding) } },
  }
}

function planMetadata(plan: Plan): Record<string, unknown> {
  const nodes = plan.nodes === 1 ? '1 node' : `${plan.nodes} nodes`
  const kept = plan.snapshotRetention
  return {
    displayName: plan.displayName ?? plan.name,
    bullets: plan.bullets ?? [
      nodes,
      `${plan.memory} memory limit`,
      ...(plan.failover
        ? [`Automatic failover${plan.multiAz ? ' over several availability zones' : ''}`]
        : []),
      'Encrypted at rest and in transit',
      kept > 0 ? `Daily snapshots, ${kept} kept` : 'No snapshots',
      ...(plan.free || plan.costs ? [] : [price(nodes)]),
    ],
    ...(plan.free
      ? {}
      : {
          costs: plan.costs ?? [
            {
              amount: { usd: dollarsPerBlock },
              unit: `MONTHLY PER ${nodesPerBlock} NODES OF AN ORGANIZATION, FIRST ${includedNodes} INCLUDED`,
            },
          ],
        }),
    nodes: plan.nodes,
    nodeType: plan.nodeType,
  }
}

const price = (nodes: string) =>
  `Counts as ${nodes} of the organization: the first ${includedNodes} are included, then $${dollarsPerBlock} a month for each block of ${nodesPerBlock}`
