import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, instancePath, TestBroker } from '../support/broker.ts'
import { loginOf, withRedis } from '../support/redis.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await TestBroker.start({ DRIFT_SCHEDULE: 'off' })
})
afterAll(() => broker?.remove())

describe('a Redis of three nodes, from create-service to delete-service', () => {
  const plan = 'redis-3node'
  const id = randomUUID()
  let [creation, during, binding]: Answer[] = []
  let ended: Answer['body']
  let credentials: Answer['body']
  beforeAll(async () => {
    creation = await broker.provision(id, plan, { parameters: { engineVersion: '6.2' } })
    during = await broker.request('GET', `${instancePath(id)}/last_operation`)
    ended = await broker.ended(id)
    binding = await broker.bind(id, 'key', plan)
    credentials = binding.body.credentials
    await withRedis(primary(), (client) => client.set('greeting', 'hello'))
  })

  const primary = () => loginOf(credentials)
  const group = async () =>
    (await broker.aws((aws) => aws.listReplicationGroups())).find(({ tags }) => tags['Instance GUID'] === id)

  test('is created by cdktf deploy, while last_operation tells how it goes', () => {
    expect(creation?.status).toBe(202)
    expect(creation?.body.operation).toEqual(expect.any(String))
    expect(during?.body).toMatchObject({
      state: 'in progress',
      description: expect.stringMatching(/ so far|queue/),
    })
    expect(ended).toMatchObject({ state: 'succeeded' })
  })

  test('is on AWS what the plan says', async () => {
    expect(await group()).toMatchObject({
      status: 'available',
      replicationGroupId: `cf-${id}`,
      memberClusters: ['001', '002', '003'].map((node) => `cf-${id}-${node}`),
      tags: { 'Service plan name': plan, 'Instance name': 'my-redis', 'Organization name': 'acme' },
    })
  })

  test('is bound with the credentials that users know', () => {
    expect(binding?.status).toBe(201)
    expect(credentials).toEqual({
      hostname: expect.any(String),
      host: credentials.hostname,
      port: '6379',
      password: expect.stringMatching(/^[0-9a-f]{64}$/),
      uri: `rediss://:${credentials.password}@${credentials.hostname}:6379`,
      current_redis_engine_version: expect.stringMatching(/^6\.2/),
      ca_certificate: expect.stringContaining('BEGIN CERTIFICATE'),
      reader_hostname: expect.any(String),
    })
  })

  test('serves a client over TLS, and replicas give what was written', async () => {
    const reader = { ...primary(), host: credentials.reader_hostname }
    const read = async () => withRedis(reader, (client) => client.get('greeting'))
    for (let tries = 0; (await read()) === null && tries < 50; tries++) await sleep(100)
    expect(await read()).toBe('hello')
    await expect(withRedis(reader, (client) => client.set('greeting', 'no'))).rejects.toThrow(/READONLY/)
  })

  test('answers the redis-cli that developers use', async () => {
    const authority = join(broker.dataDirectory, 'authority.pem')
    await writeFile(authority, credentials.ca_certificate)
    const options = ['--tls', '--cacert', authority, '-h', credentials.hostname, '-p', credentials.port]
    const { stdout } = await execa('redis-cli', [...options, 'get', 'greeting'], {
      env: { REDISCLI_AUTH: credentials.password },
    })
    expect(stdout).toBe('hello')
  })

  test('has the memory of its node type and evicts as AWS does', async () => {
    const memory = await withRedis(primary(), (client) => client.info('memory'))
    expect(memory).toContain('maxmemory:402653184')
    expect(memory).toContain('maxmemory_policy:volatile-lru')
  })

  test.each([
    { without: 'TLS', login: { ca: undefined }, error: /closed|reset|ECONNRESET/i },
    { without: 'a password', login: { password: undefined }, error: /NOAUTH/ },
    { without: 'the right password', login: { password: 'wrong-password-wrong' }, error: /WRONGPASS/ },
  ])('refuses a client without $without', async ({ login, error }) => {
    const { ca, password, ...address } = { ...primary(), ...login }
    const given = { ...address, ...(ca ? { ca } : {}), ...(password ? { password } : {}) }
    await expect(withRedis(given, (client) => client.get('greeting'))).rejects.toThrow(error)
  })

  test('survives a restart of the broker with its bindings and data', async () => {
    expect(await broker.stop()).toBe(0)
    expect(await withRedis(primary(), (client) => client.get('greeting'))).toBe('hello')
    await broker.start()
    const { status, body } = await broker.request('GET', `${instancePath(id)}/service_bindings/key`)
    expect(status).toBe(200)
    expect(body.credentials).toEqual(credentials)
    expect(await withRedis(primary(), (client) => client.get('greeting'))).toBe('hello')
  })

  test('leaves nothing behind when it is deleted', async () => {
    expect((await broker.deprovision(id, plan)).status).toBe(202)
    expect(await broker.ended(id)).toMatchObject({ state: 'succeeded' })
    expect(await group()).toBeUndefined()
    await expect(withRedis(primary(), (client) => client.get('greeting'))).rejects.toThrow(/ECONNREFUSED/)
    expect(existsSync(join(broker.dataDirectory, 'work', id))).toBe(false)
    const state = await broker.request('GET', `/state/${id}`, { login: 'operator:operator' })
    expect(state.status).toBe(204)
    expect((await broker.request('GET', `${instancePath(id)}`)).status).toBe(404)
    expect((await broker.deprovision(id, plan)).status).toBe(410)
  })
})
