import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisClientType } from 'redis'
import { afterAll, expect } from 'vitest'
import { loadCatalog } from '../../../../broker/catalog/catalog.ts'
import { readSettings } from '../../../../broker/settings/read.ts'
import { instancePath, plans } from '../../../support/broker.ts'
import { once } from '../../../support/once.ts'
import { loginOf, withRedis } from '../../../support/redis.ts'
import { sharedBroker } from '../../../support/shared-broker.ts'
import { Api } from '../api.ts'

/** An instance of the plan redis-dev. */
export const id = randomUUID()

/** The parameters that the instance was created with. */
export const chosen = {
  maxmemoryPolicy: 'noeviction',
  slowlogLogSlowerThan: 0,
  maintenanceWindow: 'sun:05:00-sun:06:00',
}

/** Two plans of the service, and one that its operators have shaped. */
const file = {
  all: { parameters: { 'slowlog-max-len': 10 } },
  plans: [
    {
      id: plans['redis-dev'],
      name: 'redis-dev',
      description: 'one node',
      nodes: 1,
      nodeType: 'cache.t3.micro',
      memory: '512 MB',
    },
    {
      id: 'shaped',
      name: 'redis-shaped',
      description: 'one node',
      nodes: 1,
      nodeType: 'cache.t3.micro',
      memory: '512 MB',
      parameters: { 'maxmemory-policy': 'allkeys-lru' },
      userParameters: {
        notifyKeyspaceEvents: 'Events would slow this small plan down.',
        maintenanceWindow: 'Its windows are agreed with the data centre.',
        timeout: { min: 60, max: 3600, reason: 'Half-open connections have to go.' },
        maxmemoryPolicy: { oneOf: ['allkeys-lru', 'allkeys-lfu'] },
      },
    },
  ],
}

export const broker = sharedBroker(
  async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'broker-'))
    const plansFile = join(dataDirectory, 'plans.json')
    writeFileSync(plansFile, JSON.stringify(file))
    return { DATA_DIR: dataDirectory, PLANS_FILE: plansFile }
  },
  (started) => started.created(id, 'redis-dev', { parameters: chosen }),
)

let opened: Api | undefined
/** The API with the plans of the broker, without what it would deploy: each test has instances of its own there. */
export const apiOfFile = once(async () => {
  const PLANS_FILE = join(broker().dataDirectory, 'plans.json')
  opened = await Api.open({ catalog: loadCatalog(readSettings({ PLANS_FILE })) })
  return opened
})
afterAll(() => opened?.close())

export const tuned = async (instance: string, parameters: object, more = {}) => {
  expect((await broker().update(instance, { parameters, ...more })).status).toBe(202)
  expect(await broker().ended(instance)).toMatchObject({ state: 'succeeded' })
}

export async function login(instance: string) {
  const { body } = await broker().bind(instance, randomUUID())
  return loginOf(body.credentials)
}

/** The settings of a Redis, as far as a client sees them. */
export async function seen(instance: string) {
  return withRedis(await login(instance), async (redis) => {
    await redis.sendCommand(['SLOWLOG', 'RESET'])
    for (const key of 'abcdefghijklmnopq') await redis.set(key, key)
    const [, policy] = /maxmemory_policy:(\S+)/.exec(await redis.info('memory')) ?? []
    return { policy, slow: Number(await redis.sendCommand(['SLOWLOG', 'LEN'])) }
  })
}

export async function events(instance: string): Promise<string[]> {
  return withRedis(await login(instance), async (redis) => {
    const subscriber = redis.duplicate() as RedisClientType
    const heard: string[] = []
    await subscriber.connect()
    await subscriber.pSubscribe('__key*__:*', (_message, channel) => heard.push(channel))
    await redis.set('noticed', '1')
    await redis.ping()
    await sleep(200)
    subscriber.destroy()
    return heard
  })
}

export const group = async (instance: string) => {
  const [found] = await broker().aws((aws) => aws.describeReplicationGroups(`cf-${instance}`))
  return found
}
/** The parameters of an instance, without what is told beside them. */
export const parameters = async (instance: string) => {
  const { status, snapshots, ...kept } = (await broker().request('GET', instancePath(instance))).body
    .parameters
  return kept
}
