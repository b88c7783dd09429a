import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, TestBroker } from '../../support/broker.ts'
import { finishWaits, groupOf, makeGroup, untilGroupIs } from '../../support/groups.ts'
import { loginOf, withRedis } from '../../support/redis.ts'

const topic = 'arn:aws:sns:us-east-1:000000000000:redis'
const base = { description: 'a plan', nodeType: 'cache.t3.micro', memory: '512 MB' }
const plans = [
  {
    ...base,
    id: 'full',
    name: 'full',
    nodes: 2,
    failover: true,
    multiAz: false,
    preferredZones: ['us-east-1c', 'us-east-1a'],
    defaultEngineVersion: '6.2',
    autoMinorVersionUpgrade: true,
    parameters: { 'maxmemory-policy': 'allkeys-lru', 'reserved-memory-percent': 50 },
    snapshotRetention: 5,
    snapshotWindow: '01:00-02:00',
    maintenanceWindow: 'spread',
    logs: { slow: { retentionDays: 7 }, engine: {} },
    notificationTopic: topic,
    alarms: { connections: 100 },
    tags: { 'cost-center': 'seven' },
  },
  { ...base, id: 'elsewhere', name: 'elsewhere', nodes: 1, networkType: 'dual_stack' },
  { ...base, id: 'newer', name: 'newer', nodes: 1, engineVersions: ['7.0', '7.1'] },
]

let broker: TestBroker
const id = randomUUID()
const group = `cf-${id}`
beforeAll(async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'broker-'))
  const file = join(dataDirectory, 'plans.json')
  writeFileSync(file, JSON.stringify(plans))
  broker = await TestBroker.start({ DATA_DIR: dataDirectory, PLANS_FILE: file })
  await broker.created(id, 'redis-dev', { plan_id: 'full' })
  full = await onFullPlan()
})
afterAll(() => broker?.remove())

const found = () => groupOf(broker, id)
const onCloudWatch = () => broker.aws((aws) => aws.listCloudWatch('us-east-1'))
async function updated(body: object): Promise<void> {
  expect((await broker.update(id, { ...body })).status).toBe(202)
  expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
}
async function memory(plan_id: string): Promise<string> {
  const { body } = await broker.bind(id, randomUUID(), 'redis-dev', { plan_id })
  return withRedis(loginOf(body.credentials), (redis) => redis.info('memory'))
}
async function checked(instance: string) {
  const { body } = await broker.request('POST', `/operator/drift/reconcile/${instance}`, {
    login: 'operator:operator',
    body: {},
  })
  return body.check
}

/** The instance on the plan that says all, before a test gives it another one. */
let full: Awaited<ReturnType<typeof onFullPlan>>
async function onFullPlan() {
  const made = { group: await found(), memory: await memory('full'), onCloudWatch: await onCloudWatch() }
  await broker.aws((aws) => aws.deleteAlarm('us-east-1', `${group}-memory-1`))
  const drift = await checked(id)
  const reconciled = { ended: await broker.ended(id), onCloudWatch: await onCloudWatch() }
  const before = await found()
  const moves = new Map<string, Answer>()
  for (const plan_id of ['elsewhere', 'newer']) moves.set(plan_id, await broker.update(id, { plan_id }))
  return { made, drift, reconciled, moves, before, after: await found() }
}

test('a plan gives its Redis all that it says', () => {
  const { group: one, memory, onCloudWatch } = full.made
  expect(one).toMatchObject({
    multiAZEnabled: false,
    automaticFailoverEnabled: true,
    autoMinorVersionUpgrade: true,
    cacheParameterGroupName: `${group}-redis6-x`,
    snapshotRetentionLimit: 5,
    snapshotWindow: '01:00-02:00',
    notificationTopicArn: topic,
    tags: expect.objectContaining({ 'cost-center': 'seven', 'Instance GUID': id }),
  })
  expect(one?.preferredMaintenanceWindow).toMatch(/^[a-z]{3}:\d\d:00-[a-z]{3}:\d\d:00$/)
  const members = one?.nodeGroups.flatMap(({ nodeGroupMembers }) => nodeGroupMembers)
  expect(members?.map(({ preferredAvailabilityZone }) => preferredAvailabilityZone)).toEqual([
    'us-east-1c',
    'us-east-1a',
  ])
  expect(
    one?.logDeliveryConfigurations.map(({ logType, destination }) => [logType, destination]).sort(),
  ).toEqual([
    ['engine-log', `/aws/elasticache/${group}/engine-log`],
    ['slow-log', `/aws/elasticache/${group}/slow-log`],
  ])
  expect(memory).toContain('maxmemory_policy:allkeys-lru')
  expect(memory).toContain(`maxmemory:${536_870_912 / 2}\r`)
  expect(onCloudWatch).toEqual([
    `/aws/elasticache/${group}/engine-log`,
    `/aws/elasticache/${group}/slow-log`,
    ...['connections', 'cpu', 'evictions', 'memory', 'replication-lag'].flatMap((name) => [
      `${group}-${name}-1`,
      `${group}-${name}-2`,
    ]),
  ])
})

test('nothing of it is drift, and what somebody takes away beside the Redis comes back', () => {
  const { state, findings } = full.drift
  expect(state).toBe('drifted')
  expect(findings).toMatchObject([
    { change: 'gone', resource: 'aws_cloudwatch_metric_alarm.alarm_memory[0]' },
  ])
  expect(full.reconciled.ended).toMatchObject({ state: 'succeeded' })
  expect(full.reconciled.onCloudWatch).toContain(`${group}-memory-1`)
})

test.each([
  ['elsewhere', "AWS can't move a Redis that exists to the plan elsewhere: its networkType differs."],
  ['newer', 'The plan newer offers Redis 7.0, Redis 7.1, and this instance would be Redis 6.2.'],
])('a move to the plan %s, where AWS or the plan takes no such Redis, is refused', (plan_id, told) => {
  const answer = full.moves.get(plan_id)
  expect([answer?.status, answer?.body.description]).toEqual([400, expect.stringContaining(told)])
  expect(full.after).toEqual(full.before)
})

test('on a plan without them, logs and alarms are gone, and the parameters are those of AWS', async () => {
  await updated({ plan_id: 'newer', parameters: { engineVersion: '7.0' } })
  expect((await onCloudWatch()).filter((name) => name.includes(group))).toEqual([])
  expect(await found()).toMatchObject({
    logDeliveryConfigurations: [],
    snapshotWindow: '06:00-07:00',
    preferredMaintenanceWindow: 'mon:07:00-mon:08:00',
  })
  expect(await memory('newer')).toContain('maxmemory_policy:volatile-lru')
  expect((await checked(id)).state).toBe('clean')
})

test('a group that is adopted gets all that its plan says, and nothing of it is drift then', async () => {
  const adopted = randomUUID()
  const authToken = 'the-token-of-somebody-else'
  await makeGroup(
    broker,
    'legacy',
    {},
    { engineVersion: '6.2', authToken, atRestEncryptionEnabled: true, transitEncryptionEnabled: true },
  )
  const legacy = async () =>
    (await broker.aws((aws) => aws.listReplicationGroups())).find(
      ({ replicationGroupId }) => replicationGroupId === 'legacy',
    )
  const { address: host = '' } = (await legacy())?.primaryEndpoint ?? {}
  await withRedis({ host, insecure: true, password: authToken }, (redis) => redis.set('kept', 'value'))
  const body = { group: 'legacy', instance: adopted, plan: 'full', engineVersion: '6.2' }
  const asked = await broker.request('POST', '/operator/adoptions', {
    login: 'operator:operator',
    body: { ...body, organization: 'o', space: 's' },
  })
  expect(asked.status).toBe(202)
  expect(await broker.ended(adopted)).toMatchObject({ state: 'succeeded' })
  expect(await legacy()).toMatchObject({ snapshotWindow: '01:00-02:00', automaticFailoverEnabled: true })
  expect(await onCloudWatch()).toEqual(
    expect.arrayContaining(['/aws/elasticache/legacy/slow-log', 'legacy-memory-1']),
  )
  const key = await broker.bind(adopted, randomUUID(), 'redis-dev', { plan_id: 'full' })
  const [kept, memoryOfIt] = await withRedis(loginOf(key.body.credentials), async (redis) => [
    await redis.get('kept'),
    await redis.info('memory'),
  ])
  expect(kept).toBe('value')
  expect(memoryOfIt).toContain('maxmemory_policy:allkeys-lru')
  expect((await checked(adopted)).state).toBe('clean')
  await broker.deprovision(adopted)
  expect(await broker.ended(adopted)).toMatchObject({ state: 'succeeded' })
  expect(await legacy()).toBeUndefined()
})

test('what a creation has made beside the Redis before it was killed is taken over, and goes with the instance', async () => {
  const killed = randomUUID()
  await broker.aws((aws) => aws.setBehaviour({ creationMilliseconds: 3_600_000 }))
  await broker.provision(killed, 'redis-dev', { plan_id: 'full' })
  await untilGroupIs(broker, killed, 'creating')
  await broker.kill()
  await finishWaits(broker)
  await broker.start()
  expect(await broker.ended(killed)).toMatchObject({ state: 'succeeded' })
  const ofKilled = async () =>
    [...(await onCloudWatch()), ...(await broker.aws((aws) => aws.listParameterGroups()))].filter((name) =>
      name.includes(killed),
    )
  expect(await ofKilled()).toHaveLength(13)
  await broker.deprovision(killed)
  expect(await broker.ended(killed)).toMatchObject({ state: 'succeeded' })
  expect(await ofKilled()).toEqual([])
})
