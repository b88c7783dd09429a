import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisCredentials } from '../../../broker/instances/credentials.ts'
import { instancePath, plans, TestBroker } from '../../support/broker.ts'
import { groupOf } from '../../support/groups.ts'
import { succeeds } from '../../support/instances.ts'
import { loginOf, withRedis } from '../../support/redis.ts'
import { expectRefusal } from '../../support/refusal.ts'
import { until } from '../../support/until.ts'

/** A plan of its own beside those that the tests name: it has next to no room, and takes no snapshots by hand. */
const tiny = {
  id: 'tiny',
  name: 'redis-tiny',
  description: 'Next to nothing',
  nodes: 1,
  nodeType: 'cache.t3.micro',
  memory: '1 MB',
  engineVersions: ['6.2', '7.0'],
  userParameters: { createSnapshot: 'It is too small to be kept.' },
}
const ofPlan = (name: 'redis-dev' | 'redis-3node', finalSnapshot: boolean, nodes: number) => ({
  id: plans[name],
  name,
  description: name,
  nodes,
  nodeType: 'cache.t3.micro',
  memory: '512 MB',
  finalSnapshot,
})

let broker: TestBroker
const id = randomUUID()
const [restored, latest] = [randomUUID(), randomUUID()]

beforeAll(async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'plans-')), 'plans.json')
  const all = [ofPlan('redis-dev', false, 1), ofPlan('redis-3node', true, 3), tiny]
  await writeFile(file, JSON.stringify(all))
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off', PLANS_FILE: file, FINAL_SNAPSHOT_DAYS: '3' })
  await broker.created(id)
  await use(id, (redis) => redis.set('kept', 'one'))
})
afterAll(() => broker?.remove())

async function use<T>(instance: string, work: Parameters<typeof withRedis<T>>[1]): Promise<T> {
  const { body } = await broker.bind(instance, randomUUID())
  return withRedis(loginOf(body.credentials as RedisCredentials), work)
}
const value = (instance: string) => use(instance, (redis) => redis.get('kept'))
const shown = async (instance = id) => (await broker.request('GET', instancePath(instance))).body.parameters
const change = (parameters: object, instance = id) => broker.update(instance, { parameters })
const restore = (parameters: object, more: object = {}) =>
  broker.provision(randomUUID(), 'redis-dev', { parameters, ...more })
const onAws = () => broker.aws((aws) => aws.listSnapshots())

async function taken(name: string, instance = id): Promise<void> {
  expect((await change({ createSnapshot: name }, instance)).status).toBe(202)
  await succeeds(broker, instance)
}

describe('a snapshot', () => {
  test('is taken under a name that AWS has once, and told under the name that its user gave', async () => {
    await taken('before-migration')
    const { body } = await broker.request('GET', `${instancePath(id)}/last_operation`)
    expect(body.description).toContain('The snapshot before-migration is there')
    expect((await shown()).snapshots).toEqual([
      {
        name: 'before-migration',
        takenAt: expect.stringMatching(/^\d{4}-.*Z$/),
        megabytes: expect.any(Number),
        automatic: false,
        status: 'available',
      },
    ])
    expect((await onAws()).map(({ snapshotName }) => snapshotName)).toEqual([`cf-${id}-before-migration`])
  })

  test('that AWS takes by itself is told too, and is not for users to delete', async () => {
    await broker.aws((aws) => aws.takeDailySnapshot(`cf-${id}`, new Date('2026-11-26T06:00:00Z')))
    const automatic = `automatic.cf-${id}-2026-11-26-06-00`
    expect((await shown()).snapshots).toContainEqual(
      expect.objectContaining({ name: automatic, automatic: true }),
    )
    const answer = await change({ deleteSnapshot: automatic })
    expectRefusal(answer, 400)
    expect(answer.body.description).toContain("AWS's own")
  })

  test.each([
    ['of a name that there is already', { createSnapshot: 'before-migration' }, /already/],
    ['of a name that AWS does not take', { createSnapshot: 'a--b' }, /single hyphens/],
    ['of a name for last snapshots', { createSnapshot: 'final-one' }, /begin with final/],
    ['beside another change', { createSnapshot: 'x', engineVersion: '7.0' }, /go alone/],
    ['that is not there, to be deleted', { deleteSnapshot: 'nothing' }, /There are: before-migration/],
    ['that a new instance would start from', { restoreFromSnapshot: 'x' }, /Unknown parameter/],
  ])('%s: refused, and nothing changes', async (_what, parameters, reason) => {
    const before = await onAws()
    const answer = await change(parameters)
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(reason)
    expect(await onAws()).toEqual(before)
  })

  test('is deleted', async () => {
    await taken('short-lived')
    expect((await change({ deleteSnapshot: 'short-lived' })).status).toBe(202)
    await succeeds(broker, id)
    const names = (await shown()).snapshots.map(({ name }: { name: string }) => name)
    expect(names).toContain('before-migration')
    expect(names).not.toContain('short-lived')
  })

  test('is taken once, whatever dies in the midst of it', async () => {
    await broker.aws((aws) => aws.setBehaviour({ snapshotMilliseconds: 3_600_000 }))
    await change({ createSnapshot: 'interrupted' })
    await until(async () => (await groupOf(broker, id))?.status === 'snapshotting')
    expectRefusal(await change({ createSnapshot: 'another' }), 422, 'ConcurrencyError')
    await broker.kill()
    await broker.aws(async (aws) => {
      aws.setBehaviour({})
      await aws.finishWaits()
    })
    await broker.start()
    await succeeds(broker, id)
    const found = (await onAws()).filter(({ snapshotName }) => snapshotName.endsWith('-interrupted'))
    expect(found).toHaveLength(1)
  })
})

describe('a new instance', () => {
  test('starts from a snapshot by its name, and the one that it was taken of stays as it is', async () => {
    await use(id, (redis) => redis.set('kept', 'two'))
    const parameters = { restoreFromSnapshot: 'before-migration' }
    await broker.created(restored, 'redis-3node', { parameters })
    expect(await value(restored)).toBe('one')
    expect(await value(id)).toBe('two')
    expect(await shown(restored)).toMatchObject({
      engineVersion: '6.2',
      restoredFrom: expect.stringMatching(/^before-migration of \d{4}/),
    })
    expect((await broker.provision(restored, 'redis-3node', { parameters })).status).toBe(200)
    expectRefusal(await broker.provision(restored, 'redis-3node'), 409)
  })

  test('keeps its data in later updates, and has tags of its own', async () => {
    await change({ engineVersion: '7.0' }, restored)
    await succeeds(broker, restored)
    expect(await value(restored)).toBe('one')
    const tags = (await groupOf(broker, restored))?.tags
    expect(tags).toMatchObject({ 'Instance GUID': restored })
    expect(tags).not.toHaveProperty('Operation')
  })

  test('starts from the newest snapshot of an instance, or the newest from before a time', async () => {
    const beforeThat = new Date().toISOString()
    await taken('later')
    await broker.created(latest, 'redis-dev', { parameters: { restoreFromLatestSnapshotOf: id } })
    expect(await value(latest)).toBe('two')
    expect((await shown(latest)).restoredFrom).toMatch(/^later of/)
    const answer = await restore({ restoreFromLatestSnapshotOf: id, before: '2020-01-01T00:00:00Z' })
    expectRefusal(answer, 400)
    const early = randomUUID()
    const parameters = { restoreFromLatestSnapshotOf: id, before: beforeThat }
    expect((await broker.provision(early, 'redis-dev', { parameters })).status).toBe(202)
    await succeeds(broker, early)
    expect((await shown(early)).restoredFrom).not.toMatch(/^later of/)
  })

  test.each([
    [
      'the snapshot of another space',
      { restoreFromSnapshot: 'before-migration' },
      { space_guid: 'elsewhere' },
    ],
    [
      'the newest of another organization',
      { restoreFromLatestSnapshotOf: id },
      { organization_guid: 'other' },
    ],
    ['a snapshot that is not there', { restoreFromSnapshot: 'nothing' }, {}],
    ['an engine that does not read it', { restoreFromSnapshot: 'later', engineVersion: '6.0' }, {}],
    ['two snapshots', { restoreFromSnapshot: 'later', restoreFromLatestSnapshotOf: id }, {}],
    ['a time without an instance', { restoreFromSnapshot: 'later', before: '2026-01-01T00:00:00Z' }, {}],
  ])('%s: refused, and nothing is made', async (_what, parameters, more) => {
    const before = await broker.aws((aws) => aws.listReplicationGroups())
    expectRefusal(await restore(parameters, more), 400)
    expect(await broker.aws((aws) => aws.listReplicationGroups())).toHaveLength(before.length)
  })

  test('does not start from more data than its plan has room for', async () => {
    await use(id, (redis) =>
      redis.set('large', Buffer.from(Array.from({ length: 3e6 }, () => Math.random() * 256))),
    )
    await taken('large')
    const body = { plan_id: 'tiny', parameters: { restoreFromSnapshot: 'large' } }
    const answer = await broker.provision(randomUUID(), 'redis-dev', body)
    expectRefusal(answer, 400)
    expect(answer.body.description).toMatch(/has \d MB, and the plan redis-tiny takes 0 MB/)
  })
})

test('a plan that takes no snapshots by hand gives its reason', async () => {
  const small = randomUUID()
  await broker.provision(small, 'redis-dev', { plan_id: 'tiny' })
  await succeeds(broker, small)
  const answer = await change({ createSnapshot: 'x' }, small)
  expectRefusal(answer, 400)
  expect(answer.body.description).toContain('It is too small to be kept.')
})

describe('a deletion', () => {
  test('begins with a last snapshot, from which the data comes back', async () => {
    await use(restored, (redis) => redis.set('kept', 'three'))
    await broker.deprovision(restored, 'redis-3node')
    await succeeds(broker, restored)
    const [last] = (await onAws()).filter(({ snapshotName }) =>
      snapshotName.startsWith(`cf-${restored}-final-`),
    )
    expect(Date.parse(last?.tags['Keep until'] ?? '')).toBeGreaterThan(Date.now() + 2 * 86_400_000)
    const again = randomUUID()
    await broker.created(again, 'redis-3node', { parameters: { restoreFromLatestSnapshotOf: restored } })
    expect(await value(again)).toBe('three')
  })

  test('of a plan without one leaves none, and keeps those that its user took for as long', async () => {
    await broker.deprovision(id)
    await succeeds(broker, id)
    const left = (await onAws()).filter(({ snapshotName }) => snapshotName.includes(id))
    expect(left.map(({ snapshotName }) => snapshotName.slice(`cf-${id}-`.length)).sort()).toEqual([
      'before-migration',
      'interrupted',
      'large',
      'later',
    ])
    for (const { tags } of left) expect(tags).toHaveProperty('Keep until')
    const again = randomUUID()
    await broker.created(again, 'redis-dev', { parameters: { restoreFromSnapshot: 'before-migration' } })
    expect(await value(again)).toBe('one')
  })

  test('is forgotten when the time of its snapshots is over, and no other snapshot goes with them', async () => {
    const over = `cf-${id}-before-migration`
    await broker.aws((aws) => aws.tagSnapshot(over, { 'Keep until': '2020-01-01T00:00:00Z' }))
    await broker.aws((aws) => aws.createSnapshot(`cf-${latest}`, 'of-an-operator'))
    const others = (await onAws()).map(({ snapshotName }) => snapshotName).filter((name) => name !== over)
    await broker.stop()
    await broker.start()
    await until(async () => (await onAws()).every(({ snapshotName }) => snapshotName !== over))
    expect((await onAws()).map(({ snapshotName }) => snapshotName)).toEqual(others)
  })
})
