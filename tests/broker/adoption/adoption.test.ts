import { expect, test } from 'vitest'
import { Adoption, type AdoptionOptions, AdoptionRefused } from '../../../broker/adoption/adoption.ts'
import type { Finding } from '../../../broker/drift/finding.ts'
import { type Instance, newInstance } from '../../../broker/instances/instance.ts'
import type { ReplicationGroup } from '../../../broker/platform/platform.ts'
import type { TerraformState } from '../../../state-backend/index.ts'
import { anyInstance } from '../../support/records.ts'
import { anyTarget } from '../../support/target.ts'

const instance = newInstance(
  { id: 'new', serviceId: 's', organizationGuid: 'o', spaceGuid: 'p' },
  anyTarget,
  'legacy',
)
const group: ReplicationGroup = {
  id: 'legacy',
  arn: 'arn:aws:elasticache:us-east-1:000000000000:replicationgroup:legacy',
  status: 'available',
  sharded: false,
  nodeType: 'cache.t3.micro',
  members: [],
  tokenChangedAt: null,
  tokenChanging: false,
}
const state: TerraformState = { version: 4, serial: 1, lineage: 'l', outputs: {}, resources: [] }
const never = new AbortController().signal

interface World {
  known?: Instance
  owner?: Instance
  state?: TerraformState
  group?: ReplicationGroup | undefined
  findings?: Finding[]
  error?: string
}

type WouldChange = AdoptionOptions['drift']['wouldChange']

/** An adoption where nothing is in the way but what a test puts there. */
function adoptionIn(world: World = {}, wouldChange?: WouldChange): Adoption {
  const { known, owner, state, findings = [], error } = world
  const found = {
    state: error ? ('error' as const) : ('pending' as const),
    findings,
    cpuSeconds: 0,
    ...(error ? { message: error } : {}),
  }
  return new Adoption({
    naming: { prefix: 'cf-', broker: 'mine' },
    requests: { create: async () => ({ outcome: 'exists' }) },
    instances: { find: async () => known, ofGroup: async () => owner },
    platform: { replicationGroup: async () => ('group' in world ? world.group : group) },
    states: { read: async () => state },
    drift: { wouldChange: wouldChange ?? (async () => found) },
  })
}

const redis = 'aws_elasticache_replication_group.redis'
const changed: Finding = {
  cause: 'stack',
  resource: redis,
  change: 'changed',
  attribute: 'port',
  before: 1,
  after: 2,
}
const whole = (resource: string, change: Finding['change']): Finding => ({ cause: 'stack', resource, change })

test('the changes of an adoption are those of its resources, and not what outputs show of them', async () => {
  const created = whole('aws_cloudwatch_log_group.slow', 'created')
  const findings = [changed, created, whole('output.hostname', 'created')]
  expect(await adoptionIn({ findings }).check(instance, never)).toEqual([changed, created])
})

test.each<[string, World, string]>([
  ['in cluster mode', { group: { ...group, sharded: true } }, 'The group legacy has cluster mode enabled.'],
  ['that is not there', { group: undefined }, 'There is no replication group legacy.'],
  ['that AWS is busy with', { group: { ...group, status: 'modifying' } }, 'The group legacy is modifying.'],
  ['of another instance', { owner: anyInstance('other') }, 'The group legacy belongs to the instance other.'],
  ['by an instance that is there', { known: anyInstance('new') }, 'There is an instance new already.'],
  ['by one with a state', { state }, `There is a Terraform state of ${instance.stack} already.`],
  ['that no plan can be made of', { error: 'no access' }, "Terraform can't plan the adoption: no access"],
  [
    'that would be replaced',
    { findings: [whole(redis, 'replaced')] },
    'would be replaced, and its data lost',
  ],
  ['that would be deleted', { findings: [whole(redis, 'deleted')] }, 'would be deleted, and its data lost'],
])('a group %s is refused', async (_, world, message) => {
  const check = adoptionIn(world).check(instance, never)
  await expect(check).rejects.toThrow(message)
  await expect(check).rejects.toBeInstanceOf(AdoptionRefused)
})

test('why a group would be replaced is told', async () => {
  const findings = [whole(redis, 'replaced'), { ...changed, replaces: true as const }]
  const check = adoptionIn({ findings }).check(instance, never)
  await expect(check).rejects.toThrow('because port is 1, would be 2. Choose the plan')
})

test('checks come one after the other, also after one that was refused', async () => {
  let running = 0
  let tries = 0
  const adoption = adoptionIn({}, async () => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return { state: ++tries === 1 ? 'error' : 'clean', message: 'no access', findings: [], cpuSeconds: 0 }
  })
  const checks = [1, 2, 3].map(() => adoption.check(instance, never))
  const ends = (await Promise.allSettled(checks)).map(({ status }) => status)
  expect(ends).toEqual(['rejected', 'fulfilled', 'fulfilled'])
})
