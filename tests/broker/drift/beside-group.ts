import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namesBeside, needsPlan } from '../../../broker/drift/needs-plan.ts'
import { elastiCache } from '../../../broker/platform/elasticache.ts'
import type { Aws, GroupAnswers } from '../../../broker/platform/platform.ts'
import { App } from '../../../stacks/cdktf.ts'
import { type Endpoint, serveEndpoint } from '../../../stacks/local-aws/api/endpoint.ts'
import type { Provider, Resource } from '../../../stacks/local-aws/plugin/provider.ts'
import type { ObjectValue, Value } from '../../../stacks/local-aws/plugin/values.ts'
import { awsProvider } from '../../../stacks/local-aws/provider/aws.ts'
import { type ElastiCache, openElastiCache } from '../../../stacks/local-aws/service/elasticache.ts'
import { newGroup } from '../../../stacks/local-aws/service/new-group.ts'
import { nodeId, saveGroup } from '../../../stacks/local-aws/service/records.ts'
import { RedisStack } from '../../../stacks/redis-stack.ts'
import { groupAttributes } from '../../../stacks/replication-group/attributes.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { stackSpec } from '../../support/stack-spec.ts'
import { everyAttribute, providerPlan } from './needs-plan/provider-plan.ts'

export const region = stackSpec.region
const groupId = stackSpec.replicationGroupId
const tagged = { client: 'Cloud Foundry' }

/** All that may be beside a group. */
const spec = {
  ...stackSpec,
  logs: { slow: { retentionDays: 14, format: 'json' as const } },
  alarms: {
    topic: 'arn:aws:sns:us-gov-west-1:000000000000:redis',
    ...{ memoryPercent: 80, evictions: 0, cpuPercent: 90, connections: 60_000, replicationLagSeconds: 30 },
  },
  parameterGroup: { family: 'redis6.x', values: { 'maxmemory-policy': 'allkeys-lru', timeout: '300' } },
}

/** Where the stack has an expression with the index in it. */
const firstOfMany: Record<string, ObjectValue> = {
  aws_cloudwatch_metric_alarm: {
    alarm_name: `${groupId}-memory-1`,
    dimensions: { CacheClusterId: nodeId(groupId, 1) },
  },
}

/**
 * A group that nobody touches, and one resource beside it, as a deploy has made it: what the look says of it, which
 * asks AWS over HTTP, and what the provider's own read and plan say, which asks it directly.
 */
export class BesideGroup {
  readonly service: ElastiCache
  readonly endpoint: Endpoint
  readonly #directory: string
  readonly #aws: Aws
  readonly #provider: Provider
  #group!: { answers: GroupAnswers; attributes: object }
  #address!: { type: string; name: string }
  #config!: ObjectValue
  /** The resource's attributes in the state. */
  before!: ObjectValue

  private constructor(directory: string, service: ElastiCache, endpoint: Endpoint) {
    this.#directory = directory
    this.service = service
    this.endpoint = endpoint
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    this.#aws = elastiCache({ region, endpoint: endpoint.url, credentials })
    this.#provider = awsProvider(service)
    this.#provider.configure({ region })
  }

  /** @param address Terraform's, of the resource beside the group */
  static async open(type: string, name: string): Promise<BesideGroup> {
    const directory = await mkdtemp(join(tmpdir(), 'beside-group-'))
    const service = openElastiCache(directory)
    const opened = new BesideGroup(directory, service, await serveEndpoint(service, 0))
    await opened.#putGroup()
    await opened.#deploy({ type, name })
    return opened
  }

  /** On record only, without a Redis. */
  async #putGroup(): Promise<void> {
    const { database } = this.service.service
    const group = newGroup(database, {
      replicationGroupId: groupId,
      region,
      replicationGroupDescription: spec.description,
      cacheNodeType: spec.nodeType,
      engineVersion: spec.engineVersion,
      cacheSubnetGroupName: 'default',
      tags: tagged,
    })
    const node = { id: nodeId(groupId, 1), address: '127.0.0.1', wanted: 'start' as const }
    saveGroup(database, { ...group, status: 'ready', unsettled: false, nodes: [node] })
    const answers = (await this.#aws.answers(tagged)).get(groupId) as GroupAnswers
    if (!answers.group) throw new Error('AWS has not told all of the group.')
    const { tags } = answers
    this.#group = { answers, attributes: { ...groupAttributes(answers.group, {}), tags } }
  }

  async #deploy(address: { type: string; name: string }): Promise<void> {
    this.#address = address
    const { type, name } = address
    const stack = new RedisStack(new App({ outdir: this.#directory }), spec).toTerraform()
    const { lifecycle: _lifecycle, count: _count, '//': _metadata, ...given } = stack.resource[type][name]
    this.#config = {
      ...everyAttribute(this.#resource),
      ...given,
      ...firstOfMany[type],
      tags: { ...given.tags, 'Instance name': 'one' },
    }
    const { planned } = this.#resource.plan({ prior: null, proposed: this.#config, config: this.#config })
    const { state, error } = await this.#resource.apply({ prior: null, planned, config: this.#config })
    if (!state) throw error
    this.before = (await this.#resource.read(state)) as ObjectValue
  }

  get #resource(): Resource {
    return this.#provider.resources[this.#address.type] as Resource
  }

  /** @param attributes of the resource, and what else its instance has */
  state(attributes: Record<string, unknown> = this.before, more: object = {}): TerraformState {
    const managed = { mode: 'managed', provider: 'aws' }
    const group = { ...managed, type: 'aws_elasticache_replication_group', name: 'redis' }
    return {
      version: 4,
      serial: 1,
      lineage: 'one',
      outputs: {},
      resources: [
        { ...managed, ...this.#address, instances: [{ attributes, ...more }] },
        { ...group, instances: [{ attributes: { ...this.#group.attributes } }] },
      ],
    }
  }

  async look(state = this.state()): Promise<string | undefined> {
    const answers = await this.#aws.beside().answers(namesBeside([state]))
    return needsPlan(state, this.#group.answers, answers)
  }

  /** The changes that `terraform plan` would show. */
  async planned(): Promise<string[]> {
    const plan = await providerPlan(this.#resource, this.before, this.#config, sorted)
    return plan?.changed ?? ['it is gone']
  }

  async close(): Promise<void> {
    await this.#aws.close()
    await this.endpoint.close()
    this.service.service.database.close()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Maps and sets have no order. */
function sorted(value: Value): Value {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value as ObjectValue)
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}
