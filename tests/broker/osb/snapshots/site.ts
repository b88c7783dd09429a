import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RedisCredentials } from '../../../../broker/instances/credentials.ts'
import { instancePath, plans, type TestBroker } from '../../../support/broker.ts'
import { succeeds } from '../../../support/instances.ts'
import { once } from '../../../support/once.ts'
import { loginOf, withRedis } from '../../../support/redis.ts'
import { sharedBroker } from '../../../support/shared-broker.ts'

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

/** An instance with data, of which there is a snapshot `before-migration`. */
export const id = randomUUID()

export const plansFile = once(async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'plans-')), 'plans.json')
  const all = [ofPlan('redis-dev', false, 1), ofPlan('redis-3node', true, 3), tiny]
  await writeFile(file, JSON.stringify(all))
  return file
})

export const broker = sharedBroker(
  async () => ({ DRIFT_SCHEDULE: 'off', PLANS_FILE: await plansFile(), FINAL_SNAPSHOT_DAYS: '3' }),
  async (started) => {
    await started.created(id)
    await use(id, (redis) => redis.set('kept', 'one'), started)
    await taken('before-migration', started)
  },
)

/** An instance of three nodes that began with that snapshot, made when it is first asked for. */
export const restored = once(async () => {
  const instance = randomUUID()
  await broker().created(instance, 'redis-3node', { parameters: { restoreFromSnapshot: 'before-migration' } })
  return instance
})

/** A snapshot `later` of other and of more data. @returns a time between the snapshots */
export const later = once(async () => {
  await use(id, async (redis) => {
    await redis.set('kept', 'two')
    await redis.set('large', Buffer.from(Array.from({ length: 3e6 }, () => Math.random() * 256)))
  })
  const time = new Date().toISOString()
  await taken('later')
  return time
})

/** Deletes the instance, once. @returns the names of its snapshots from before */
export const deleted = once(async () => {
  const before = await namesOnAws(id)
  await broker().deprovision(id)
  await succeeds(broker(), id)
  return before
})

export async function use<T>(
  instance: string,
  work: Parameters<typeof withRedis<T>>[1],
  on: TestBroker = broker(),
): Promise<T> {
  const { body } = await on.bind(instance, randomUUID())
  return withRedis(loginOf(body.credentials as RedisCredentials), work)
}

export const value = (instance: string) => use(instance, (redis) => redis.get('kept'))

export const shown = async (instance = id) =>
  (await broker().request('GET', instancePath(instance))).body.parameters

export const change = (parameters: object, instance = id) => broker().update(instance, { parameters })

export async function taken(name: string, on: TestBroker = broker()): Promise<void> {
  expect((await on.update(id, { parameters: { createSnapshot: name } })).status).toBe(202)
  await succeeds(on, id)
}

export const onAws = () => broker().aws((aws) => aws.listSnapshots())

/** Of the snapshots of an instance, as AWS has them. */
export async function namesOnAws(instance: string): Promise<string[]> {
  const names = (await onAws()).map(({ snapshotName }) => snapshotName)
  return names.filter((name) => name.includes(instance))
}
