import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instanceBody, instancePath, plans, TestBroker } from '../support/broker.ts'
import { finishWaits, groupOf, untilGroupIs } from '../support/groups.ts'
import { serves, succeeds } from '../support/instances.ts'
import { runCommand } from '../support/program.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())
afterEach(() => broker.aws((aws) => aws.setBehaviour({})))

const fetched = async (id: string) => (await broker.request('GET', instancePath(id))).body
const runs = async (id: string, version: string) => (await fetched(id)).parameters?.engineVersion === version

const operator = (...args: string[]) => runCommand(args, broker)
const drift = (id: string) => runCommand(['drift', '--json', id], broker)

/** Whatever has happened before, its users can go on. */
async function expectNobodyIsStuck(id: string): Promise<void> {
  const context = { ...instanceBody().context, instance_name: 'renamed' }
  expect((await broker.update(id, { context })).status).toBeLessThan(300)
  await succeeds(broker, id)
  expect((await broker.update(id, { parameters: { rotateCredentials: true } })).status).toBe(202)
  await succeeds(broker, id)
  expect(await serves(broker, id)).toBe(true)
}

describe('an update that AWS has taken in part', () => {
  test('and that failed then: the version that runs is on record, and nobody is stuck', async () => {
    const id = randomUUID()
    await broker.created(id, 'redis-3node')
    await broker.aws((aws) =>
      aws.setBehaviour({ faults: [{ call: 'decreaseReplicaCount', fault: 'AccessDenied', times: 1 }] }),
    )
    const change = { plan_id: plans['redis-dev'], parameters: { engineVersion: '7.0' } }
    await broker.update(id, change)
    expect(await broker.ended(id)).toMatchObject({ state: 'failed', instance_usable: true })
    await until(() => runs(id, '7.0'))
    expect(await fetched(id)).toMatchObject({ plan_id: plans['redis-3node'] })
    await expectNobodyIsStuck(id)
    expect((await groupOf(broker, id))?.memberClusters).toHaveLength(3)
    await broker.update(id, change)
    await succeeds(broker, id)
    expect((await groupOf(broker, id))?.memberClusters).toHaveLength(1)
  })

  test('and that an operator cancelled: version and plan are read back once AWS is done', async () => {
    const id = randomUUID()
    await broker.created(id)
    await broker.aws((aws) => aws.setBehaviour({ modificationMilliseconds: 3_600_000 }))
    await broker.update(id, { parameters: { engineVersion: '7.0' } })
    await untilGroupIs(broker, id, 'modifying')
    await operator('cancel', id)
    expect(await broker.ended(id)).toMatchObject({ state: 'failed' })
    await finishWaits(broker)
    await until(() => runs(id, '7.0'))
    await expectNobodyIsStuck(id)
    const back = await broker.update(id, { parameters: { engineVersion: '6.2' } })
    expect(back.body.description).toMatch(/Redis 7\.0 back to Redis 6\.2/)
  })
})

test('a version that AWS has brought up by itself is drift once, and then what the instance is', async () => {
  const id = randomUUID()
  await broker.created(id, 'redis-dev', { parameters: { engineVersion: '6.0' } })
  await broker.aws((aws) => aws.modifyReplicationGroup(`cf-${id}`, { engineVersion: '6.2' }))
  const [check] = JSON.parse((await drift(id)).stdout).instances
  expect(check.state).toBe('drifted')
  expect(check.findings).toContainEqual(
    expect.objectContaining({ attribute: 'engine_version_actual', before: '6.0.5', after: '6.2.6' }),
  )
  expect(check.findings.map(({ change }: { change: string }) => change)).not.toContain('replaced')
  expect(await fetched(id)).toMatchObject({ parameters: { engineVersion: '6.2' } })
  await expectNobodyIsStuck(id)
  expect(JSON.parse((await drift(id)).stdout).instances[0].state).toBe('clean')
})

test('a version that AWS brings up while nobody looks does not stand in the way of an update', async () => {
  const id = randomUUID()
  await broker.created(id, 'redis-dev', { parameters: { engineVersion: '6.0' } })
  await broker.aws((aws) => aws.modifyReplicationGroup(`cf-${id}`, { engineVersion: '6.2' }))
  await expectNobodyIsStuck(id)
  expect(await fetched(id)).toMatchObject({ parameters: { engineVersion: '6.2' } })
})
