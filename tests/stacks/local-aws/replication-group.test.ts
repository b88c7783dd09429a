import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesWith } from '../../support/files-with.ts'
import { withRedis } from '../../support/redis.ts'
import { groupConfiguration, threeNodes } from './group-configuration.ts'
import { type Machine, openMachine, type Stack } from './machine.ts'
import { isAlive, nodeProcesses } from './nodes.ts'

/** One group, through the real Terraform: as it was made, and as the tests change it. */
let machine: Machine
let stack: Stack
let ca: string
let outputs: Record<string, string>
let made: Awaited<ReturnType<typeof asMade>>
const id = 'life-of-a-group'

beforeAll(async () => {
  machine = await openMachine()
  ca = await machine.aws.caCertificate()
  stack = await machine.stack(groupConfiguration(id, threeNodes))
  expect(await stack.apply()).toMatchObject({ ok: true })
  outputs = await stack.outputs()
  made = await asMade()
})
afterAll(() => machine?.remove())

const primary = () => ({ host: String(outputs.hostname), password: String(outputs.password), ca })
const replica = () => ({ ...primary(), host: String(outputs.reader) })
const ask = (access: ReturnType<typeof primary>, ...words: string[]) =>
  withRedis(access, (redis) => redis.sendCommand(words))

/** The group before any test changes it. */
async function asMade() {
  await ask(primary(), 'SET', 'greeting', 'hello')
  await ask(primary(), 'WAIT', '2', '5000')
  return {
    outputs,
    attributes: await stack.attributes(),
    processes: await nodeProcesses(machine.dataDirectory, id),
    plan: await stack.plan(),
    memory: await ask(primary(), 'INFO', 'memory'),
    readFromReplica: await ask(replica(), 'GET', 'greeting'),
    writtenToReplica: await ask(replica(), 'SET', 'a', 'b').catch(String),
  }
}

test('apply makes a group of three nodes, each a process of its own', () => {
  expect(made.attributes).toMatchObject({
    id,
    arn: `arn:aws:elasticache:eu-west-1:000000000000:replicationgroup:${id}`,
    engine_version: '6.2',
    engine_version_actual: '6.2.6',
    parameter_group_name: 'default.redis6.x',
    member_clusters: [`${id}-001`, `${id}-002`, `${id}-003`],
    replicas_per_node_group: 2,
    auto_minor_version_upgrade: 'true',
    tags_all: { instance: id },
  })
  expect(new Set(made.processes).size).toBe(3)
})

test('a plan right after it has nothing to do', () => {
  expect(made.plan).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
})

test('a plugin that keeps running does the same', async () => {
  await machine.attach()
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'], driftedAttributes: [] })
})

test('a value written over TLS to the primary is read from a replica', () => {
  expect(made.readFromReplica).toBe('hello')
  expect(made.writtenToReplica).toMatch(/READONLY/)
})

test('the token that Terraform made is required', async () => {
  expect(made.outputs.password).toMatch(/^[0-9a-f]{64}$/)
  const { password: _, ...anonymous } = primary()
  await expect(withRedis(anonymous, (redis) => redis.sendCommand(['PING']))).rejects.toThrow(/NOAUTH/)
  await expect(
    withRedis({ ...primary(), password: 'wrong' }, (redis) => redis.sendCommand(['PING'])),
  ).rejects.toThrow(/WRONGPASS/)
})

test('a connection without TLS is refused, and so is one that trusts somebody else', async () => {
  const { ca: _, ...plain } = primary()
  await expect(withRedis(plain, (redis) => redis.sendCommand(['PING']))).rejects.toThrow()
  const stranger = await openMachine()
  try {
    const otherCa = await stranger.aws.caCertificate()
    await expect(
      withRedis({ ...primary(), ca: otherCa }, (redis) => redis.sendCommand(['PING'])),
    ).rejects.toThrow(/certificate/)
  } finally {
    await stranger.remove()
  }
})

test.each([['CONFIG', 'GET', '*'], ['SHUTDOWN'], ['ACL', 'LIST'], ['REPLICAOF', 'NO', 'ONE'], ['SAVE']])(
  'users may not run %s',
  async (...words) => {
    await expect(withRedis(primary(), (redis) => redis.sendCommand(words))).rejects.toThrow(/NOPERM/)
  },
)

test('the node type decides over the memory, and what is evicted when it is full', () => {
  expect(made.memory).toContain('maxmemory:402653184\r\n')
  expect(made.memory).toContain('maxmemory_policy:volatile-lru\r\n')
})

test('the token is nowhere in the data directory', async () => {
  expect(await filesWith([machine.dataDirectory], primary().password)).toEqual([])
})

test('a larger type, a newer version and other settings are applied while it runs', async () => {
  const changes = {
    ...threeNodes,
    node_type: 'cache.t3.small',
    engine_version: '7.0',
    description: 'changed',
    snapshot_retention_limit: 5,
    maintenance_window: 'Tue:08:00-Tue:09:00',
    tags: { instance: id, cost: 'more' },
  }
  await stack.configure(groupConfiguration(id, changes))
  expect(await stack.plan()).toMatchObject({ actions: ['update'], replacePaths: [] })
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject({
    node_type: 'cache.t3.small',
    engine_version_actual: '7.0.7',
    parameter_group_name: 'default.redis7',
    maintenance_window: 'tue:08:00-tue:09:00',
    tags_all: { instance: id, cost: 'more' },
  })
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
  const memory = await withRedis(primary(), (redis) => redis.sendCommand(['INFO', 'memory']))
  expect(memory).toContain('maxmemory:1103269724\r\n')
  expect(await withRedis(primary(), (redis) => redis.sendCommand(['GET', 'greeting']))).toBe('hello')
  await stack.configure(groupConfiguration(id, { ...changes, maintenance_window: 'mon:07:00-mon:08:00' }))
  expect(await stack.apply()).toMatchObject({ ok: true })
})

test('replicas come and go, and the data stays', async () => {
  const newest = { node_type: 'cache.t3.small', engine_version: '7.0' }
  await stack.configure(groupConfiguration(id, { ...threeNodes, ...newest, num_cache_clusters: 5 }))
  expect(await stack.apply()).toMatchObject({ ok: true })
  const replication = await withRedis(primary(), (redis) => redis.sendCommand(['INFO', 'replication']))
  expect(replication).toContain('connected_slaves:4')

  await stack.configure(groupConfiguration(id, newest))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect(await stack.attributes()).toMatchObject({
    member_clusters: [`${id}-001`],
    num_cache_clusters: 1,
    automatic_failover_enabled: false,
  })
  // Without replicas readers are sent to the primary.
  outputs = await stack.outputs()
  expect(outputs.reader).toBe(outputs.hostname)
  expect(await withRedis(replica(), (redis) => redis.sendCommand(['GET', 'greeting']))).toBe('hello')
})

test('ROTATE adds a token beside the old one, SET leaves the newest only', async () => {
  const newest = { node_type: 'cache.t3.small', engine_version: '7.0' }
  const old = primary()
  const works = (access: typeof old) => withRedis(access, (redis) => redis.sendCommand(['PING']))

  const change = (auth_token_update_strategy: string) =>
    groupConfiguration(
      id,
      { ...newest, auth_token: 'a-token-known-to-the-plan', auth_token_update_strategy },
      { lifecycle: {} },
    )
  await stack.configure(change('ROTATE'))
  expect(await stack.apply()).toMatchObject({ ok: true })
  outputs = await stack.outputs()
  expect(outputs.password).not.toBe(old.password)
  expect(await Promise.all([works(old), works(primary())])).toEqual(['PONG', 'PONG'])

  await stack.configure(change('SET'))
  expect(await stack.apply()).toMatchObject({ ok: true })
  await stack.configure(groupConfiguration(id, newest))
  expect(await stack.apply()).toMatchObject({ ok: true })
  expect((await stack.outputs()).password).toBe(primary().password)
  expect(await works(primary())).toBe('PONG')
  await expect(works(old)).rejects.toThrow(/WRONGPASS/)
  expect(await stack.plan()).toMatchObject({ actions: ['no-op'] })
  expect(await filesWith([machine.dataDirectory], primary().password)).toEqual([])
})

test('an older version, another port or another id would replace the group', async () => {
  const newest = { node_type: 'cache.t3.small', engine_version: '7.0' }
  await stack.configure(groupConfiguration(id, newest))
  expect(await stack.apply()).toMatchObject({ ok: true })
  const replacing: [Record<string, unknown>, string[]][] = [
    [{ engine_version: '6.2' }, ['engine_version']],
    [{ port: 6380 }, ['port']],
    [{ replication_group_id: 'another' }, ['replication_group_id']],
    [{ at_rest_encryption_enabled: 'false' }, ['at_rest_encryption_enabled']],
  ]
  for (const [change, replacePaths] of replacing) {
    await stack.configure(groupConfiguration(id, { ...newest, ...change }))
    expect(await stack.plan()).toMatchObject({ actions: ['delete', 'create'], replacePaths })
  }
  await stack.configure(groupConfiguration(id, newest))
})

test('destroy leaves no process and no file', async () => {
  const own = await machine.stack(groupConfiguration('destroyed', {}))
  expect(await own.apply()).toMatchObject({ ok: true })
  const pids = await nodeProcesses(machine.dataDirectory, 'destroyed')
  expect(pids).toHaveLength(1)
  expect(await own.destroy()).toMatchObject({ ok: true })
  expect(await Promise.all(pids.map(isAlive))).toEqual([false])
  expect(await readdir(join(machine.dataDirectory, 'groups'))).toEqual([id])
  expect(await machine.aws.listReplicationGroups()).toMatchObject([{ replicationGroupId: id }])
})
