import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { needsPlan } from '../../../../broker/drift/needs-plan.ts'
import { elastiCache } from '../../../../broker/platform/elasticache.ts'
import type { Aws } from '../../../../broker/platform/platform.ts'
import { App } from '../../../../stacks/cdktf.ts'
import { type Endpoint, serveEndpoint } from '../../../../stacks/local-aws/api/endpoint.ts'
import type { Resource } from '../../../../stacks/local-aws/plugin/provider.ts'
import type { ObjectValue } from '../../../../stacks/local-aws/plugin/values.ts'
import { replicationGroup } from '../../../../stacks/local-aws/provider/replication-group/resource.ts'
import { type ElastiCache, openElastiCache } from '../../../../stacks/local-aws/service/elasticache.ts'
import { type GroupRecord, saveGroup } from '../../../../stacks/local-aws/service/records.ts'
import { RedisStack } from '../../../../stacks/redis-stack.ts'
import type { TerraformState } from '../../../../state-backend/index.ts'
import { stackSpec } from '../../../support/stack-spec.ts'
import { changes } from './changes.ts'
import { groupOf } from './group.ts'
import { everyAttribute, providerPlan } from './provider-plan.ts'

const spec = { ...stackSpec, subnetGroupName: 'default', securityGroupIds: ['sg-00000000000000000'] }
const region = spec.region
const tagged = { client: 'Cloud Foundry' }

let directory: string
let service: ElastiCache
let endpoint: Endpoint
let aws: Aws
let resource: Resource

/** As the stack has it, with a token. */
let config: ObjectValue
export let before: ObjectValue
export let original: GroupRecord

/** Opens it for the tests of a file, with a group that nobody has touched for each of them. */
export function openBench(): void {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'needs-plan-'))
    service = openElastiCache(directory)
    endpoint = await serveEndpoint(service, 0)
    aws = elastiCache({
      region,
      endpoint: endpoint.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    const interrupted = new AbortController().signal
    resource = replicationGroup({ elastiCache: service, region, defaultTags: {}, interrupted })
  })
  afterAll(async () => {
    await aws?.close()
    await endpoint?.close()
    service?.service.database.close()
    await rm(directory, { recursive: true, force: true })
  })
  beforeEach(async () => {
    config = configured()
    original = groupOf({ ...config, region }, service.service.database)
    put(original)
    const state = (await resource.read({
      ...everyAttribute(resource),
      ...config,
      id: original.id,
    })) as ObjectValue
    // As after a deploy: with nothing that is only known later.
    before = { ...state, region }
  })
}

export function withResources(resources: TerraformState['resources']): TerraformState {
  return { version: 4, serial: 1, lineage: 'one', outputs: {}, resources }
}

export function stateOf(attributes: Record<string, unknown>, more = {}): TerraformState {
  const group = { mode: 'managed', type: 'aws_elasticache_replication_group', name: 'redis' }
  return withResources([{ ...group, instances: [{ attributes, ...more }] }])
}

export function put(group: GroupRecord): void {
  saveGroup(service.service.database, group)
}

/** Over what has been changed before. */
export function apply(name: string): void {
  const row = service.service.database.prepare('SELECT record FROM replication_group').get()
  const group = JSON.parse(row?.record as string) as GroupRecord
  put({ ...group, ...changes[name]?.(group) })
}

export const answers = () => aws.answers(tagged)

export async function look(): Promise<string | undefined> {
  return needsPlan(stateOf(before), (await answers()).get(original.id))
}

/** The changes that `terraform plan` would show, of attributes and of outputs. */
export async function planned(): Promise<string[]> {
  const plan = await providerPlan(resource, before, config)
  if (!plan) return ['the group is gone']
  const ignored = ['auth_token', 'auth_token_update_strategy', 'kms_key_id', 'tags_all']
  const changed = plan.changed.filter((name) => !ignored.includes(name))
  const shown = [
    'primary_endpoint_address',
    'reader_endpoint_address',
    'port',
    'engine_version_actual',
    'auth_token',
  ]
  return [...changed, ...shown.filter((name) => plan.prior[name] !== before[name])]
}

function configured(): ObjectValue {
  const stack = new RedisStack(new App({ outdir: directory }), spec).toTerraform()
  const {
    lifecycle: _lifecycle,
    '//': _metadata,
    ...given
  } = stack.resource.aws_elasticache_replication_group.redis
  return {
    ...everyAttribute(resource),
    ...given,
    auth_token: 'a'.repeat(32),
    tags: { ...given.tags, 'Instance name': 'one' },
  }
}
